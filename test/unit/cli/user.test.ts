import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, carryOut } from '../../../cli/command.ts';
import { readCommandLine } from '../../../cli/command-line.ts';
import { commands } from '../../../cli/commands.ts';
import type { Printer } from '../../../shared/core/domain/printer.ts';
import { company, connectRelay, key, openWorld, otherKey, startedAt, type World } from '../world.ts';

let world: World;
let folder: string;
beforeEach(async () => {
  world = await openWorld();
  folder = await mkdtemp(join(tmpdir(), 'platen-cli-'));
  // the API itself answers, without a network between
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const { pathname, search } = new URL(url);
    const body = Buffer.from(await new Response(init.body ?? null).arrayBuffer());
    const answer = await world.call({
      method: init.method ?? 'GET',
      path: decodeURIComponent(pathname),
      query: search.slice(1),
      headers: init.headers as Record<string, string>,
      body: body.length > 0 ? body : undefined,
    });
    return new Response(answer.body, { status: answer.statusCode });
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  process.exitCode = undefined;
  await world.close();
  await rm(folder, { recursive: true });
});

async function platen(args: string[], secret = key): Promise<Answer> {
  const asked = readCommandLine(commands, [...args, '--endpoint', 'http://platen.test', '--key', secret]);
  if ('help' in asked) throw new Error(asked.help);
  return await carryOut(asked.command, asked.given);
}

const json = async (args: string[]) =>
  (await platen(args)).json as { jobs: { id: string; [member: string]: unknown }[] };

describe('commands for those who print', () => {
  it('print files with options, one job a file and printer', async () => {
    const files = [join(folder, 'a.txt'), join(folder, 'b.txt')];
    for (const file of files) await writeFile(file, 'hello');

    const to = ['--to', 'office:laser', '--to', 'office:label'];
    const { jobs } = await json(['print', ...files, ...to, '--copies', '2', '--option', 'sides=one-sided']);

    expect(jobs.map(({ name, printer }) => [name, printer])).toEqual([
      ['a.txt', 'office:laser'],
      ['a.txt', 'office:label'],
      ['b.txt', 'office:laser'],
      ['b.txt', 'office:label'],
    ]);
    expect((await world.ports.jobs.get(jobs[0]?.id as never))?.template).toEqual({ copies: 2, sides: 'one-sided' });
  });

  it('print with wishes', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'hello');
    const wishes = '--name Label --hold-until 2026-01-03T00:00:00Z --expires-in 604800 --supersedes label';

    const { jobs } = await json(['print', file, '--to', 'office:laser', ...wishes.split(' '), '--option', 'media=a=b']);
    const { jobs: held } = await json(['print', file, '--to', 'office:laser', '--hold']);

    expect(jobs).toMatchObject([{ name: 'Label', state: 'pending-held', supersedes: 'label' }]);
    expect(await world.ports.jobs.get(jobs[0]?.id as never)).toMatchObject({
      ...{ template: { media: 'a=b' }, expiresAt: startedAt + 604_800_000 },
    });
    expect(held).toMatchObject([{ name: 'a.txt', state: 'pending-held' }]);
    expect((await platen(['release', held[0]?.id as string])).json).toMatchObject({ state: 'pending' });
  });

  it('say how files would be printed, and print nothing', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'hello');

    const { lines } = await platen([
      'print',
      file,
      '--to',
      'office:laser',
      '--to',
      'office:label',
      '--check',
      '--copies',
      '2',
    ]);

    expect(lines).toMatchObject(
      ['office:laser', 'office:label'].map(printer => expect.stringMatching(`a.txt  ${printer}  `)),
    );
    expect((await platen(['jobs'])).lines).toEqual(['No jobs.']);
  });

  it('follow a job to its end, and exit with 1 when it was not printed', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'hello');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const watching = platen(['print', file, '--to', 'office:laser', '--watch']);
    const id = await vi.waitFor(async () => {
      expect(said).toHaveBeenCalled();
      return (await world.ports.jobs.list(company, 1)).jobs[0]?.id as string;
    });
    await platen(['cancel', id]);

    const { lines } = await watching;

    expect(lines).toEqual([`${id}  office:laser  cancelled`]);
    expect(process.exitCode).toBe(1);
    const shown = said.mock.calls.map(([line]) => line);
    said.mockRestore();
    expect(shown).toEqual([
      expect.stringMatching(/^office:laser: waiting.* The relay at office is offline\./),
      expect.stringMatching(/^office:laser: cancelled\./),
    ]);
  });

  it('show the stages of a job', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'hello');
    const { jobs } = await json(['print', file, '--to', 'office:laser']);

    const { lines } = await platen(['trace', jobs[0]?.id as string]);

    expect(lines[0]).toMatch(/^FROM +STAGE +TIME +REASONS +BY +MESSAGE$/);
    expect(lines[1]).toMatch(/^2026-01-02T03:04:05.000Z +\S+ +\d+ ms/);
  });

  it('list, show, move, copy and cancel a job', async () => {
    await writeFile(join(folder, 'a.txt'), 'hello');
    const { jobs } = await json(['print', join(folder, 'a.txt'), '--to', 'office:laser']);
    const id = jobs[0]?.id as string;

    const list = await platen(['jobs', '--state', 'active']);
    const shown = await platen(['job', id]);
    const moved = await platen(['move', id, '--to', 'office:label']);
    const copied = await json(['reprint', id, '--to', 'office:laser']);
    const cancelled = await platen(['cancel', copied.jobs[0]?.id as string]);

    expect(list.lines[0]).toMatch(/^JOB +PRINTER +SUBMITTED +STATE +NAME$/);
    expect(list.lines[1]).toContain(id);
    expect(shown.lines).toContain('The relay at office is offline.');
    expect(moved.json).toMatchObject({ printer: 'office:label', copyOf: id });
    expect(cancelled.json).toMatchObject({ state: 'canceled' });
    expect((await platen(['jobs', '--limit', '1'])).lines).toHaveLength(2);
  });

  it('list printers and locations, and say what is wrong', async () => {
    expect((await platen(['printers'])).lines).toContainEqual(expect.stringMatching(/^office:laser +active +unknown/));
    expect((await platen(['printers', 'test', 'office:laser', '--language', 'text'])).lines[0]).toMatch(
      /^[0-9a-f]{32} +office:laser /,
    );
    await expect(platen(['printers', 'identify', 'office:laser'])).rejects.toThrow('does not offer');
    expect((await platen(['locations'])).lines).toContainEqual(expect.stringMatching(/^office +offline/));

    const { json: found } = await platen(['doctor']);

    expect(found).toMatchObject({ problems: expect.arrayContaining(['The relay at office is offline.']) });
    expect(process.exitCode).toBe(1);
  });

  it('say that all is well, and what is not', async () => {
    const { registry } = world.ports;
    await connectRelay(world.ports);
    const printers = await registry.listPrinters(company, 'office');
    const report = (state: 'idle' | 'stopped', stateReasons: string[] = []) =>
      Promise.all(
        printers.map(async ({ deviceId }) => {
          const known = await registry.getPrinter(company, { locationId: 'office', deviceId });
          const device = { deviceId, scheme: 'ipp', attributes: {}, state, stateReasons };
          await registry.savePrinter({ ...(known as Printer), active: true, device });
        }),
      );
    await report('idle');
    const well = await platen(['doctor']);
    expect(well).toEqual({
      json: { problems: [] },
      lines: ['All is well: the service answers, the key is good, 1 relay online, 3 printers ready.'],
    });
    expect(process.exitCode).toBeUndefined();

    await report('stopped', ['media-empty']);

    expect((await platen(['doctor'])).lines).toContain('office:laser: stopped, media-empty.');
  });

  it('find a job by the beginning of its id', async () => {
    await writeFile(join(folder, 'a.txt'), 'hello');
    const { jobs } = await json(['print', join(folder, 'a.txt'), '--to', 'office:laser', '--to', 'office:label']);
    const [first = '', second = ''] = jobs.map(({ id }) => id);
    const common = [...first].findIndex((digit, at) => digit !== second[at]);

    expect((await platen(['job', first.slice(0, common + 1)])).json).toMatchObject({ id: first });
    await expect(platen(['job', first.slice(0, common)])).rejects.toThrow(/^Several jobs begin with /);
  });

  it('list relays', async () => {
    expect((await platen(['relays'])).lines).toContainEqual(
      expect.stringMatching(/^f{32} +office +offline +never +active/),
    );
  });

  it('create, list and revoke keys', async () => {
    const { lines, json: made } = await platen(['keys', 'create', '--name', 'till', '--scope', 'read', '--days', '2']);
    const { id, key: secret } = made as { id: string; key: string };

    expect(lines[0]).toBe(secret);
    expect(await platen(['printers'], secret)).toBeDefined();
    expect((await platen(['keys', 'list'])).lines).toContainEqual(expect.stringMatching(`^${id} +read .*till$`));
    await platen(['keys', 'revoke', id]);
    expect((await platen(['keys', 'list'])).lines.join()).not.toContain(id);
    await expect(platen(['keys', 'create', '--name', 'x', '--days', '-1'])).rejects.toThrow('--days -1');
  });

  it.each([
    [['print', '/nowhere.pdf', '--to', 'office:laser'], /nowhere\.pdf cannot be read/],
    [['job', 'f'.repeat(32)], /Unknown job/],
    [['job', 'f'], /Unknown job/],
    [['html', '/nowhere.html', '-o', 'a.pdf'], /nowhere.html is no http or https address/],
    [['jobs', '--state', 'done'], /"state" must be/],
    [['jobs', '--limit', 'many'], /--limit many is not a whole number from 1\./],
    [['jobs', '--limit', '0'], /--limit 0/],
    [
      ['print', 'README.md', '--to', 'office:laser', '--copies', 'two'],
      /^--copies two is not a whole number from 1\.$/,
    ],
    [['print', 'README.md', '--to', 'office:laser', '--copies', '1.5'], /--copies 1\.5/],
    [['print', 'README.md', '--to', 'office:laser', '--expires-in', '1h'], /--expires-in 1h/],
    [['print', 'README.md', '--to', 'office:laser', '--option', 'duplex'], /--option duplex is not NAME=VALUE\./],
    [['print', 'README.md', '--to', 'office:laser', '--check', '--copies', '-1'], /--copies -1/],
    [['print'], /missing required argument 'file'/],
  ])('refuse in words: %j', async (args, message) => {
    await expect(platen(args)).rejects.toThrow(message);
  });

  it('say when the key is not known', async () => {
    await expect(platen(['printers'], `${otherKey}0`)).rejects.toThrow('The key is not known.');
  });
});
