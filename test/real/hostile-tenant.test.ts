import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tenants } from '../../doubles/hostile-tenant.ts';
import { Machine } from '../../doubles/machine.ts';

/*
 * Company B sends everything that has ever stopped, slowed or filled the service, in a loop, while company A does its
 * usual work. How much slower A's work becomes is measured by `npm run bench -- isolation`.
 */

const [warmMilliseconds, hostileMilliseconds] = [5000, 60_000];
const mostGrown = 1.2;

describe('a company that sends everything bad at once', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  it("loses nothing of another company's work, and leaves no memory taken", async () => {
    const tenants = await Tenants.make(machine);
    await tenants.work(Date.now() + warmMilliseconds);
    const idle = tenants.memory();

    const end = Date.now() + hostileMilliseconds;
    const [worked, attacked] = await Promise.all([tenants.work(end), tenants.attack(end)]);
    await tenants.endAttack();

    expect(worked.filter(({ status }) => status !== 200)).toEqual([]);
    expect(attacked.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
    expect(machine.output).not.toContain('unhandled-rejection');
    await expect.poll(() => tenants.memory(), { timeout: 180_000, interval: 1000 }).toBeLessThan(idle * mostGrown);
    expect((await tenants.work(Date.now() + warmMilliseconds)).filter(({ status }) => status !== 200)).toEqual([]);
  }, 400_000);
});
