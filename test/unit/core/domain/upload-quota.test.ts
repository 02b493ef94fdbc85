import { describe, expect, it } from 'vitest';
import { someCompany, someSession } from '../../../../doubles/samples.ts';
import {
  admitted,
  checkDocumentOctets,
  defaultUploadQuota,
  firstReservation,
  quotaOf,
  reservationFor,
} from '../../../../shared/core/domain/upload-quota.ts';

const mebibyte = 1024 * 1024;

describe('the quota of uploads', () => {
  const quota = { documentOctets: 100 * mebibyte, openSessions: 3, octetsInFlight: 1000 * mebibyte };
  const small = { ...quota, documentOctets: 5 };
  const session = (stagedOctets: number, reservedOctets: number) =>
    someSession(someCompany(), { stagedOctets, reservedOctets });

  it('is the usual one where a company has no other', () => {
    expect(quotaOf({})).toEqual(defaultUploadQuota);
    expect(quotaOf({ uploadQuota: { openSessions: 3 } })).toEqual({ ...defaultUploadQuota, openSessions: 3 });
    expect(defaultUploadQuota.openSessions * firstReservation(defaultUploadQuota)).toBe(
      defaultUploadQuota.octetsInFlight,
    );
  });

  it.each([
    [0, 0, 1, 16],
    [0, 16, 16, 16],
    [8, 16, 9, 32],
    [0, 16, 33, 64],
    [0, 16, 65, 128],
    [100, 128, 100, 200],
    [0, 64, 1, 64],
  ])('reserves, of MiB, for %i staged and %i reserved and %i more: %i', (staged, reserved, more, expected) => {
    const of = session(staged * mebibyte, reserved * mebibyte);

    expect(reservationFor(of, more * mebibyte, quota)).toBe(expected * mebibyte);
  });

  it('ends when a document was sent twice', () => {
    expect([firstReservation(small), reservationFor(session(4, 10), 6, small)]).toEqual([10, 10]);
    expect(() => reservationFor(session(4, 10), 7, small)).toThrow(
      expect.objectContaining({ code: 'too-many', message: expect.stringContaining('at most 10 bytes') }),
    );
  });

  it('limits a document', () => {
    expect(checkDocumentOctets(5, small)).toBeUndefined();
    expect(() => checkDocumentOctets(6, small)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  it('says what is full', () => {
    const open = session(0, 0);

    expect(admitted(open, quota)).toBe(open);
    expect(() => admitted('too-many-sessions', quota)).toThrow('Too many open uploads: at most 3 are allowed.');
    expect(() => admitted('too-many-octets', quota)).toThrow(`at most ${quota.octetsInFlight} bytes`);
  });
});
