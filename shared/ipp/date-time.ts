/** DateAndTime in eleven octets [RFC 2579 2, RFC 8011 5.1.15]. */
const dateTimeOctets = 11;
const plus = 0x2b;
const minus = 0x2d;

export interface DateTime {
  at: number;
  offsetMinutes: number;
}

export function encodeDateTime({ at, offsetMinutes }: DateTime): Buffer {
  const local = new Date(at + offsetMinutes * 60_000);
  const octets = Buffer.alloc(dateTimeOctets);
  octets.writeUInt16BE(local.getUTCFullYear(), 0);
  octets[2] = local.getUTCMonth() + 1;
  octets[3] = local.getUTCDate();
  octets[4] = local.getUTCHours();
  octets[5] = local.getUTCMinutes();
  octets[6] = local.getUTCSeconds();
  octets[7] = Math.floor(local.getUTCMilliseconds() / 100);
  octets[8] = offsetMinutes < 0 ? minus : plus;
  octets[9] = Math.floor(Math.abs(offsetMinutes) / 60);
  octets[10] = Math.abs(offsetMinutes) % 60;
  return octets;
}

/** Undefined for an invalid date: printers without a clock send month 0 and the like. */
export function decodeDateTime(octets: Buffer): DateTime | undefined {
  if (octets.length !== dateTimeOctets) return undefined;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0, tenths = 0, sign, zoneHours = 0, zoneMinutes = 0] =
    octets.subarray(2);
  const isClock = hour < 24 && minute < 60 && second < 60 && tenths < 10;
  const isZone = (sign === plus || sign === minus) && zoneHours < 15 && zoneMinutes < 60;
  if (!isClock || !isZone) return undefined;

  const local = new Date(0);
  local.setUTCFullYear(octets.readUInt16BE(0), month - 1, day);
  local.setUTCHours(hour, minute, second, tenths * 100);
  const isDay = local.getUTCMonth() === month - 1 && local.getUTCDate() === day;
  if (!isDay) return undefined;

  const offsetMinutes = (sign === minus ? -1 : 1) * (zoneHours * 60 + zoneMinutes) || 0;
  return { at: local.getTime() - offsetMinutes * 60_000, offsetMinutes };
}
