/** Times, durations and sizes for people. Times are the service's; ages are measured with this computer's clock. */

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

/** `3 s`, `12 min`, `3 h 20 min`, `2 days` */
export function durationText(milliseconds: number): string {
  const spent = Math.max(milliseconds, 0);
  if (spent < second) return `${Math.round(spent)} ms`;
  if (spent < minute) return `${Math.floor(spent / second)} s`;
  if (spent < hour) return `${Math.floor(spent / minute)} min`;
  if (spent < day) {
    const minutes = Math.floor((spent % hour) / minute);
    return minutes === 0 ? `${Math.floor(spent / hour)} h` : `${Math.floor(spent / hour)} h ${minutes} min`;
  }
  const days = Math.floor(spent / day);
  return days === 1 ? '1 day' : `${days} days`;
}

/** What is to come in 6 days and 23 hours comes in 7 days. */
const roundedUp = (milliseconds: number) => milliseconds + (milliseconds >= day ? day / 2 : second - 1);

/** `just now`, `3 min ago`; for a time to come `in 3 min` */
export function ageText(at: number, now: number): string {
  const age = now - at;
  if (Math.abs(age) < 2 * second) return 'just now';
  return age < 0 ? `in ${durationText(roundedUp(-age))}` : `${durationText(age)} ago`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dateAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The clock alone for today. */
export function timeText(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return (isToday ? clock : dateAndClock).format(at);
}

export const fullTimeText = (at: number) => full.format(at);
export const clockText = (at: number) => clock.format(at);

export function octetsText(octets: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const step = octets < 1000 ? 0 : Math.min(Math.floor(Math.log10(octets) / 3), units.length - 1);
  const value = octets / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}
