import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompanyId } from '../../../../../shared/core/domain/ids.ts';
import { authenticate, keyDigest } from '../../../../../shared/core/usecases/accounts/authenticate.ts';
import { describeKey } from '../../../../../shared/core/usecases/accounts/describe-key.ts';
import { createKey, findKey, revokeKey, rotateKey } from '../../../../../shared/core/usecases/accounts/manage-keys.ts';
import { company, key, openWorld, startedAt, type World } from '../../../world.ts';

const principal = { companyId: company, scopes: ['admin' as const] };
const rival = { companyId: 'rival' as CompanyId, scopes: ['admin' as const] };
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const put = (digest: string, changes: object = {}) =>
  world.ports.registry.putKey({ digest, companyId: company, name: 'k', scopes: ['read'], createdAt: 0, ...changes });
const good = (secret: string | undefined) => describeKey(world.ports, { key: secret });

describe('a key', () => {
  it('is made as a GUID, and stored as its digest', async () => {
    const made = await createKey(world.ports, principal, { name: 'till', scopes: ['print'], expiresAt: startedAt + 5 });

    expect(made.secret).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(made.key).toEqual({
      ...{ digest: keyDigest(made.secret), companyId: company, name: 'till', scopes: ['print'] },
      ...{ createdAt: startedAt, expiresAt: startedAt + 5 },
    });
    expect(await authenticate(world.ports, `{${made.secret.toUpperCase()}}`)).toMatchObject({ companyId: company });
  });

  it('is good until it expires, and while its company is active', async () => {
    await put(keyDigest('k'), { expiresAt: startedAt + 5 });
    const isGood = async () => [
      (await good('k')) !== undefined,
      await authenticate(world.ports, 'k').then(
        () => 'good',
        error => error.code,
      ),
    ];

    expect(await isGood()).toEqual([true, 'good']);
    world.wait(5);
    expect(await isGood()).toEqual([false, 'unauthorized']);
    await put(keyDigest('k'));
    expect(await isGood()).toEqual([true, 'good']);
    const found = await world.ports.registry.getCompany(company);
    if (found) await world.ports.registry.saveCompany({ ...found, active: false });
    expect(await isGood()).toEqual([false, 'forbidden']);
  });

  it.each([undefined, '', ' ', 'unknown'])('is not good as %j', async secret => {
    expect(await good(secret)).toBeUndefined();
    await expect(authenticate(world.ports, secret)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('the id of a key', () => {
  beforeEach(async () => {
    await put('abc1'.padEnd(64, '0'));
    await put('abc2'.padEnd(64, '0'));
  });

  it('is the beginning of its digest, in any case', async () => {
    expect((await findKey(world.ports, principal, 'ABC1')).digest).toBe('abc1'.padEnd(64, '0'));
  });

  it.each([
    ['abc', 'bad-value', '2 keys of acme have ids that begin with abc.'],
    ['', 'not-found', 'No key of acme'],
    ['bc1', 'not-found', 'No key of acme has the id bc1.'],
  ])('is refused as %j', async (id, code, words) => {
    await expect(findKey(world.ports, principal, id)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it('is unknown to other companies', async () => {
    await expect(findKey(world.ports, rival, 'abc1')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a revoked key', () => {
  it('is not good any more', async () => {
    const id = keyDigest(key).slice(0, 12);

    expect(await revokeKey(world.ports, principal, id)).toMatchObject({ name: 'test' });
    expect(await good(key)).toBeUndefined();
  });

  it('cannot be one that a server makes again', async () => {
    await put(keyDigest('k'), { keptIn: '/data/key' });

    await expect(revokeKey(world.ports, principal, keyDigest('k'))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('from /data/key'),
    });
    expect(await good('k')).toBeDefined();
  });

  it('is replaced by one of the same name, scopes and expiry', async () => {
    await put(keyDigest('k'), { expiresAt: startedAt + 5 });

    const { secret, key: made, former } = await rotateKey(world.ports, principal, keyDigest('k'));

    expect(made).toMatchObject({ name: 'k', scopes: ['read'], createdAt: startedAt, expiresAt: startedAt + 5 });
    expect(former.digest).toBe(keyDigest('k'));
    expect([await good('k'), (await good(secret))?.key]).toEqual([undefined, made]);
  });
});
