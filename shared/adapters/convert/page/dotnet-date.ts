import { RenderError } from '../../web/render-error.ts';

/**
 * Dates as .NET writes them [learn.microsoft.com: standard and custom date and time format strings]: one letter is a
 * standard format of the locale, anything longer a custom pattern. Names come from Intl, which shares its data (CLDR)
 * with .NET on any system but old Windows.
 */
export interface DateFormat {
  /** BCP 47; an unknown one is read as en-US */
  locale: string;
  /** as JavaScript's getTimezoneOffset: minutes that local time is behind UTC */
  minutesWest: number;
}

/** Clients send minutes west of UTC, a documented form says hours; no zone is 1 to 14 minutes from UTC. */
export function minutesWest(timezoneOffset: number): number {
  const isHours = Math.abs(timezoneOffset) >= 1 && Math.abs(timezoneOffset) <= 14;
  return isHours ? timezoneOffset * 60 : timezoneOffset;
}

export function formatDate(instant: Date, pattern: string, format: DateFormat): string {
  const moment = momentAt(instant, format);
  const standard = pattern.length === 1 ? standardFormats[pattern] : undefined;
  if (standard) return standard(moment);
  return writeCustom(moment, pattern);
}

interface Moment {
  instant: Date;
  /** shifted so that its UTC fields are the local ones */
  local: Date;
  locale: string;
  minutesWest: number;
}

function momentAt(instant: Date, { locale, minutesWest: west }: DateFormat): Moment {
  return {
    instant,
    local: new Date(instant.getTime() - west * 60_000),
    locale: knownLocale(locale),
    minutesWest: west,
  };
}

function knownLocale(locale: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale.replace('_', '-'))[0] ?? 'en-US';
  } catch {
    return 'en-US';
  }
}

/** Fonts for print often lack the narrow no-break space that CLDR puts before AM and PM. */
const plainBlanks = (text: string) => text.replaceAll('\u202f', ' ');

function intl({ local, locale }: Moment, options: Intl.DateTimeFormatOptions): string {
  return plainBlanks(new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(local));
}

function part(moment: Moment, type: Intl.DateTimeFormatPartTypes, options: Intl.DateTimeFormatOptions): string {
  const parts = new Intl.DateTimeFormat(moment.locale, { ...options, timeZone: 'UTC' }).formatToParts(moment.local);
  return parts.find(found => found.type === type)?.value ?? '';
}

/** CLDR's short date with the year in full, as in .NET: 1/2/2026, 02.01.2026, 2026/01/02. */
function shortDate(moment: Moment): string {
  const parts = new Intl.DateTimeFormat(moment.locale, { dateStyle: 'short', timeZone: 'UTC' }).formatToParts(
    moment.local,
  );
  const year = part(moment, 'year', { year: 'numeric' });
  return plainBlanks(parts.map(({ type, value }) => (type === 'year' ? year : value)).join(''));
}

const longDate = (moment: Moment) => intl(moment, { dateStyle: 'full' });
const shortTime = (moment: Moment) => intl(moment, { timeStyle: 'short' });
const longTime = (moment: Moment) => intl(moment, { timeStyle: 'medium' });
const utc = (moment: Moment): Moment => ({ ...moment, local: moment.instant, minutesWest: 0 });
const iso = (moment: Moment) => moment.local.toISOString();

const standardFormats: Record<string, (moment: Moment) => string> = {
  d: shortDate,
  D: longDate,
  t: shortTime,
  T: longTime,
  f: moment => `${longDate(moment)} ${shortTime(moment)}`,
  F: moment => `${longDate(moment)} ${longTime(moment)}`,
  g: moment => `${shortDate(moment)} ${shortTime(moment)}`,
  G: moment => `${shortDate(moment)} ${longTime(moment)}`,
  M: moment => intl(moment, { month: 'long', day: 'numeric' }),
  m: moment => intl(moment, { month: 'long', day: 'numeric' }),
  Y: moment => intl(moment, { month: 'long', year: 'numeric' }),
  y: moment => intl(moment, { month: 'long', year: 'numeric' }),
  s: moment => iso(moment).slice(0, 19),
  u: moment => `${iso(utc(moment)).slice(0, 19).replace('T', ' ')}Z`,
  U: moment => `${longDate(utc(moment))} ${longTime(utc(moment))}`,
  R: moment => moment.instant.toUTCString(),
  r: moment => moment.instant.toUTCString(),
  O: moment => `${iso(moment).slice(0, 23)}0000${offset(moment, 3)}`,
  o: moment => `${iso(moment).slice(0, 23)}0000${offset(moment, 3)}`,
};

const digits = (value: number, width: number) => String(value).padStart(width, '0');

/** The zone: 1 digit of hours, 2, or hours and minutes, as z, zz and zzz do. */
function offset({ minutesWest: west }: Moment, width: number): string {
  const sign = west > 0 ? '-' : '+';
  const hours = Math.floor(Math.abs(west) / 60);
  if (width < 3) return sign + digits(hours, width);
  return `${sign}${digits(hours, 2)}:${digits(Math.abs(west) % 60, 2)}`;
}

type Field = (moment: Moment, width: number) => string;
const hour12 = ({ local }: Moment) => local.getUTCHours() % 12 || 12;
const fraction = ({ local }: Moment, width: number) => `${digits(local.getUTCMilliseconds(), 3)}0000`.slice(0, width);

const fields: Record<string, Field> = {
  d: (moment, width) => {
    if (width >= 4) return part(moment, 'weekday', { weekday: 'long' });
    if (width === 3) return part(moment, 'weekday', { weekday: 'short' });
    return digits(moment.local.getUTCDate(), width);
  },
  M: (moment, width) => {
    // With a day beside it a language that declines its months gives the form that dates use.
    if (width >= 4) return part(moment, 'month', { month: 'long', day: 'numeric' });
    if (width === 3) return part(moment, 'month', { month: 'short', day: 'numeric' });
    return digits(moment.local.getUTCMonth() + 1, width);
  },
  y: ({ local }, width) => {
    const year = local.getUTCFullYear();
    return width <= 2 ? digits(year % 100, width) : digits(year, width);
  },
  H: ({ local }, width) => digits(local.getUTCHours(), Math.min(width, 2)),
  h: (moment, width) => digits(hour12(moment), Math.min(width, 2)),
  m: ({ local }, width) => digits(local.getUTCMinutes(), Math.min(width, 2)),
  s: ({ local }, width) => digits(local.getUTCSeconds(), Math.min(width, 2)),
  f: fraction,
  F: (moment, width) => fraction(moment, width).replace(/0+$/, ''),
  t: (moment, width) => {
    const mark = part(moment, 'dayPeriod', { hour: 'numeric', hour12: true });
    return width === 1 ? mark.slice(0, 1) : mark;
  },
  z: offset,
  K: moment => offset(moment, 3),
  g: moment => part(moment, 'era', { era: 'short' }),
  '/': moment => separator(moment, { dateStyle: 'short' }, '/'),
  ':': moment => separator(moment, { timeStyle: 'short' }, ':'),
};

/** In a custom pattern `/` and `:` stand for the locale's own separators. */
function separator(moment: Moment, options: Intl.DateTimeFormatOptions, fallback: string): string {
  const found = part(moment, 'literal', options).trim();
  return /^[./:-]$/.test(found) ? found : fallback;
}

/** A quoted text, an escaped letter, `%` before a lone letter, or a letter repeated. */
const token = /'([^']*)'|"([^"]*)"|\\(.)|%|([/:])|([dMyHhmsfFtzKg])\5*/g;

/** Each mark asks the locale's data anew; no date that people read has more. */
const patternCharactersAtMost = 200;

function writeCustom(moment: Moment, pattern: string): string {
  if (pattern.length > patternCharactersAtMost) {
    throw new RenderError('bad-request', `A date pattern may have at most ${patternCharactersAtMost} characters.`);
  }
  return pattern.replace(token, (whole, single, double, escaped, mark, letter) => {
    if (whole === '%') return '';
    const literal = single ?? double ?? escaped;
    if (literal !== undefined) return literal;
    return fields[mark ?? letter]?.(moment, whole.length) ?? whole;
  });
}
