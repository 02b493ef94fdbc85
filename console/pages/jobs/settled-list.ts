import { useRef, useState } from 'preact/hooks';
import type { ClientJob } from '../../../client/index.ts';

/*
 * A list whose rows change in place and do not move under the pointer: while a person is at it, new jobs wait above the
 * list as a count.
 */

interface SettledList {
  jobs?: ClientJob[];
  /** new jobs that are not shown yet */
  more: number;
  showAll: () => void;
  /** for the element around the list */
  hold: { onPointerEnter: () => void; onPointerLeave: () => void; onFocusIn: () => void; onFocusOut: () => void };
}

export function useSettledList(key: string, found: ClientJob[] | undefined, isSelecting: boolean): SettledList {
  const shown = useRef<{ key: string; ids: string[] }>({ key: '', ids: [] });
  const isHeld = useRef({ pointer: false, focus: false });
  const [, paint] = useState(0);
  const set = (part: 'pointer' | 'focus', is: boolean) => () => {
    isHeld.current[part] = is;
  };
  const hold = {
    onPointerEnter: set('pointer', true),
    onPointerLeave: set('pointer', false),
    onFocusIn: set('focus', true),
    onFocusOut: set('focus', false),
  };
  const showAll = () => {
    shown.current.ids = [];
    paint(count => count + 1);
  };
  if (!found) return { more: 0, showAll, hold };

  const isSame = shown.current.key === key && shown.current.ids.length > 0;
  const mayMove = !isSame || !(isHeld.current.pointer || isHeld.current.focus || isSelecting);
  if (mayMove) {
    shown.current = { key, ids: found.map(({ id }) => id) };
    return { jobs: found, more: 0, showAll, hold };
  }
  const known = new Set(shown.current.ids);
  const first = found.findIndex(({ id }) => known.has(id));
  const more = first < 0 ? found.length : first;
  return { jobs: found.filter(({ id }) => known.has(id)), more, showAll, hold };
}
