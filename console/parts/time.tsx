import { signal } from '@preact/signals';
import { ageText, clockText, durationText, fullTimeText, timeText } from '../format.ts';

/** Ticks each second while the page is visible; only the texts that show it change. */
export const now = signal(Date.now());
setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now();
}, 1000);

const at = (time: string | number) => (typeof time === 'number' ? time : Date.parse(time));
const iso = (time: string | number) => new Date(at(time)).toISOString();

/** `14:03:10, 3 min ago` */
export const Time = ({ time }: { time: string | number }) => (
  <time dateTime={iso(time)} title={fullTimeText(at(time))}>
    {timeText(at(time), now.value)} <span class="quiet">{ageText(at(time), now.value)}</span>
  </time>
);

/** `3 min` */
export const Age = ({ since }: { since: string | number }) => (
  <time dateTime={iso(since)} title={fullTimeText(at(since))}>
    {durationText(now.value - at(since))}
  </time>
);

/** `3 min ago` */
export const Ago = ({ time }: { time: string | number }) => (
  <time dateTime={iso(time)} title={fullTimeText(at(time))}>
    {ageText(at(time), now.value)}
  </time>
);

export const Clock = ({ time }: { time: string | number }) => (
  <time dateTime={iso(time)} title={fullTimeText(at(time))}>
    {clockText(at(time))}
  </time>
);
