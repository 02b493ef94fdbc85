import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { companyId } from '../../../server/first-start.ts';
import { makeSignIn } from '../../../server/sign-in.ts';
import { authenticate } from '../../../shared/core/usecases/accounts/authenticate.ts';
import { createKey } from '../../../shared/core/usecases/accounts/manage-keys.ts';
import { openWorld, type World } from '../world.ts';

const hour = 60 * 60 * 1000;

describe('the sign-in with a one-time code', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
    await world.ports.registry.saveCompany({ companyId, name: 'Main', active: true, version: 0 });
  });
  afterEach(() => world.close());

  it('gives a key of its own that ends after twelve hours', async () => {
    const { code, signIn } = makeSignIn(world.ports);

    const made = await signIn(code);

    expect(made?.key).not.toBe(code);
    expect(await authenticate(world.ports, made?.key)).toMatchObject({ companyId, scopes: ['print', 'admin'] });
    world.wait(12 * hour);
    await expect(authenticate(world.ports, made?.key)).rejects.toThrow('not known');
  });

  it('works once, also when it is asked for twice at the same time', async () => {
    const { code, signIn } = makeSignIn(world.ports);

    const made = await Promise.all([signIn(code), signIn(code)]);

    expect(made.filter(each => each !== undefined)).toHaveLength(1);
    expect(await signIn(code)).toBeUndefined();
  });

  it('refuses a wrong code without spending the right one, and an old one', async () => {
    const { code, signIn } = makeSignIn(world.ports);

    for (const wrong of [`${code}0`, '', code.replace(/.$/, last => (last === '0' ? '1' : '0'))])
      expect(await signIn(wrong)).toBeUndefined();
    expect(await signIn(code)).toBeDefined();
    const old = makeSignIn(world.ports);
    world.wait(hour + 1);
    expect(await old.signIn(old.code)).toBeUndefined();
  });

  it('removes keys of former sign-ins that are over, and no others', async () => {
    const expiresAt = world.ports.clock.now() + hour;
    await createKey(world.ports, { companyId, scopes: [] }, { name: 'shop', scopes: ['print'], expiresAt });
    const signInAgain = async () => {
      const { code, signIn } = makeSignIn(world.ports);
      return await signIn(code);
    };
    await signInAgain();
    world.wait(11 * hour);
    await signInAgain();
    world.wait(2 * hour);

    const made = await signInAgain();

    const keys = await world.ports.registry.listKeys(companyId);
    expect(keys.map(({ name }) => name).toSorted()).toEqual(['console sign-in', 'console sign-in', 'shop']);
    expect(made?.expiresAt).toBe(new Date(world.ports.clock.now() + 12 * hour).toISOString());
  });
});
