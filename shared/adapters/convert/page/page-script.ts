/*
 * Runs in every document before its own scripts. Pages made for a print window print, close and leave by themselves:
 * what a page shows when it calls print() is what is printed, so from then on it stays where it is; and closing the
 * window is left to the browser pool. What the script notes about drawing is for `settle-page.ts`.
 */

/** Where the notes are, in the page. A page that changes them delays or spoils its own printing only. */
export const notes = "window[Symbol.for('platen')]";

/** Timers up to this delay count as drawing; longer ones poll. */
const drawingTimerMs = 500;

export const pageScript = `(() => {
  const notes = { stays: false, drawnAt: -1e9, timers: 0, watchesScroll: false };
  Object.defineProperty(window, Symbol.for('platen'), { value: notes });
  const replace = (object, name, value) => Object.defineProperty(object, name, { value, writable: true, configurable: true });

  replace(window, 'close', () => {});
  replace(window, 'print', () => { if (!notes.stays && document.readyState === 'complete') undoNow(); notes.stays = true; });
  window.navigation?.addEventListener('navigate', event => { if (notes.stays && event.cancelable) event.preventDefault(); });
  // the tab begins empty: a way back to that is none
  const { go } = History.prototype;
  const mayGo = by => !notes.stays && (by === 0 || (by < 0 ? navigation.canGoBack : navigation.canGoForward));
  replace(History.prototype, 'go', function (by = 0) { if (mayGo(Number(by) || 0)) go.call(this, by); });
  replace(History.prototype, 'back', function () { if (mayGo(-1)) go.call(this, -1); });
  replace(History.prototype, 'forward', function () { if (mayGo(1)) go.call(this, 1); });

  // a window waits in print(), once it is loaded: what its caller does next (shows the buttons again) is not on the paper
  const undoNow = () => {
    const observer = new MutationObserver(() => {});
    observer.observe(document, {
      subtree: true, childList: true, attributes: true, attributeOldValue: true, characterData: true, characterDataOldValue: true,
    });
    queueMicrotask(() => { observer.takeRecords().reverse().forEach(undo); observer.disconnect(); });
  };
  const undo = ({ type, target, attributeNamespace, attributeName, oldValue, addedNodes, removedNodes, nextSibling }) => {
    if (type === 'characterData') target.data = oldValue;
    if (type === 'attributes' && oldValue === null) target.removeAttributeNS(attributeNamespace, attributeName);
    if (type === 'attributes' && oldValue !== null) target.setAttributeNS(attributeNamespace, attributeName, oldValue);
    for (const node of addedNodes) node.remove();
    for (const node of removedNodes) target.insertBefore(node, nextSibling);
  };

  const { requestAnimationFrame, setTimeout, setInterval, clearTimeout, IntersectionObserver } = window;
  notes.wait = milliseconds => new Promise(later => setTimeout.call(window, later, milliseconds));
  const drawing = work => function (...args) { notes.drawnAt = performance.now(); return work.apply(this, args); };
  replace(window, 'requestAnimationFrame', work => requestAnimationFrame.call(window, typeof work === 'function' ? drawing(work) : work));
  replace(window, 'setInterval', (work, delay, ...args) =>
    setInterval.call(window, typeof work === 'function' && delay < 100 ? drawing(work) : work, delay, ...args));
  const pending = new Set();
  replace(window, 'setTimeout', (work, delay = 0, ...args) => {
    if (typeof work !== 'function' || delay > ${drawingTimerMs}) return setTimeout.call(window, work, delay, ...args);
    const id = setTimeout.call(window, function (...rest) { ended(id); return work.apply(this, rest); }, delay, ...args);
    pending.add(id);
    notes.timers = pending.size;
    return id;
  });
  const ended = id => { pending.delete(id); notes.timers = pending.size; notes.drawnAt = performance.now(); };
  replace(window, 'clearTimeout', id => { pending.delete(id); notes.timers = pending.size; clearTimeout.call(window, id); });

  replace(window, 'IntersectionObserver', class extends IntersectionObserver {
    constructor(...args) { super(...args); notes.watchesScroll = true; }
  });
  for (const target of [window, document]) {
    const { addEventListener } = target;
    replace(target, 'addEventListener', function (type, ...rest) {
      if (type === 'scroll') notes.watchesScroll = true;
      return addEventListener.call(this ?? window, type, ...rest);
    });
  }
})()`;
