import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PlatenClient } from '../../../client/index.ts';
import { described } from '../../../shared/contracts/platen/routes.ts';
import type { UploadId } from '../../../shared/core/domain/ids.ts';
import type { UploadSession } from '../../../shared/core/domain/upload-session.ts';
import { patternOf } from '../../../shared/handlers/router.ts';
import { key, openWorld, relayId, type World } from '../world.ts';

/** Operations that the client leaves out: a relay's own, and descriptions of the API. */
const notOffered = ['enrolRelay', 'renewRelay', 'getOpenApi', 'getDocs'];

describe('the client', () => {
  let world: World;
  const called = new Set<string>();
  let upload = '';
  beforeAll(async () => {
    world = await openWorld();
    // the API itself answers, without a network between
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      const { host, pathname, search } = new URL(url);
      const method = init.method as string;
      const path = decodeURIComponent(pathname);
      const body = Buffer.from(await new Response(init.body ?? null).arrayBuffer());
      if (host === 'documents.test') return await storePart(body);
      const row = described.find(route => route.methods.includes(method) && patternOf(route.path).test(path));
      called.add(row?.operation.id ?? `${method} ${path}`);
      const headers = init.headers as Record<string, string>;
      const answer = await world.call({ method, path, query: search.slice(1), headers, body });
      const octets = answer.isBase64Encoded ? Buffer.from(answer.body ?? '', 'base64') : answer.body;
      const answered = answer.headers as Record<string, string>;
      return new Response(octets, { status: answer.statusCode, headers: answered });
    });
  });
  async function storePart(bytes: Buffer): Promise<Response> {
    const session = (await world.ports.uploads.get(upload as UploadId)) as UploadSession;
    await world.ports.documents.putPart(session.key, session.multipartId as string, 1, bytes);
    return new Response();
  }
  afterAll(async () => {
    vi.unstubAllGlobals();
    await world.close();
  });

  it('offers every operation of the API', async () => {
    const client = new PlatenClient({ endpoint: 'http://platen.test', key });

    const document = await client.upload(new Blob(['hello']), { name: 'hello.txt' });
    const [job] = await client.print(document, ['office:laser'], { user: 'ada' });
    const id = job?.id as string;
    expect((await client.job(id)).user).toBe('ada');
    expect((await Array.fromAsync(client.jobs({ user: 'ada' }))).map(({ id }) => id)).toEqual([id]);
    await expect(client.page(id)).rejects.toMatchObject({ code: 'unsupported' }); // text
    const [copy] = await client.copy(id, ['office:label']);
    expect(copy?.copyOf).toBe(id);
    const moved = await client.move(id, 'office:label');
    expect(moved.printer).toBe('office:label');
    expect((await client.cancel(moved.id)).state).toBe('canceled');
    expect(await client.cancelMany([moved.id, 'f'.repeat(32)])).toMatchObject([
      { id: moved.id, job: { state: 'canceled' } },
      { error: { code: 'not-found' } },
    ]);
    await expect(client.resolve(id, 'printed')).rejects.toMatchObject({ code: 'conflict' });
    expect(await client.resolveMany([id], 'printed')).toMatchObject([{ id, error: { code: 'conflict' } }]);
    const [held] = await client.print(document, ['office:laser'], { hold: true, supersedes: 'hello' });
    expect(held?.summary).toBe('held');
    expect((await client.release(held?.id as string)).state).toBe('pending');
    expect((await client.trace(id)).stages.at(0)?.stage).toBe('waiting-for-relay');
    const { token } = await client.share(id);
    expect((await client.sharedJob(token)).name).toBe('hello.txt');
    expect(await (await client.document(id)).text()).toBe('hello');
    expect(await client.check(document, ['office:laser'])).toMatchObject({ format: 'text/plain' });
    const file = await client.make({ html: '<p>hello' }, { fileName: 'hello.pdf' });
    expect(file.output?.fileName).toBe('hello.pdf');
    const sha256 = createHash('sha256').update('hello').digest('hex');
    const begun = (id: string) => {
      upload = id;
    };
    expect(await client.upload(new Blob(['hello']), { sha256, begun })).toBe(upload);
    await client.abortUpload(upload); // a complete document stays
    expect(await client.print(upload, ['office:laser'])).toHaveLength(1);

    expect((await client.printers()).map(({ printer }) => printer)).toContain('office:asleep');
    expect(await client.updatePrinter('office:asleep', { name: 'Old one' })).toMatchObject({ name: 'Old one' });
    expect(await client.printer('office:asleep')).toMatchObject({ name: 'Old one' });
    expect(await client.printTestPage('office:laser')).toMatchObject({ name: 'Test page', printer: 'office:laser' });
    await expect(client.identifyPrinter('office:laser')).rejects.toMatchObject({ code: 'conflict' });
    await client.deletePrinter('office:asleep');
    expect((await client.location('office')).printers).toHaveLength(2);
    expect(await client.relays()).toMatchObject([{ relay: relayId, location: 'office' }]);
    await client.revokeRelay(relayId);
    expect(await client.saveLocation('branch', { name: 'Branch' })).toMatchObject({ name: 'Branch' });
    expect((await client.createEnrolmentCode('branch')).code).not.toBe('');
    await client.deleteLocation('branch');
    expect((await client.locations()).map(({ location }) => location)).toEqual(['office']);
    const made = await client.createKey('till', { scopes: ['read'] });
    expect((await client.keys()).map(({ id }) => id)).toContain(made.id);
    await client.revokeKey(made.id);
    expect((await client.keys()).map(({ id }) => id)).not.toContain(made.id);

    const { next } = await client.listEvents({ types: ['job.*'], limit: 1 });
    expect((await client.listEvents({ after: next - 1 })).events).toHaveLength(1);
    expect((await client.openEventStream({ types: ['job.*'] })).url).toContain('/platen/v1/events/stream?ticket=');
    for await (const { sequence } of client.events({ after: 0 })) {
      expect(sequence).toBe(1);
      break;
    }

    const { id: hook, secret } = await client.webhooks.create({ url: 'https://erp.example/hook' });
    expect(secret).toMatch(/^whsec_/);
    expect(await client.webhooks.update(hook, { state: 'paused' })).toMatchObject({ state: 'paused' });
    expect((await client.webhooks.rotate(hook)).secret).not.toBe(secret);
    expect(await client.webhooks.test(hook)).toMatchObject({ answer: '' });
    expect(await client.webhooks.enable(hook)).toMatchObject({ state: 'active' });
    expect(await client.webhooks.countReplay(hook, { from: 1, to: 2 })).toBe(2);
    const { replay } = await client.webhooks.replay(hook, { from: 1 });
    expect(await client.webhooks.getReplay(hook, replay)).toMatchObject({ done: 0, failed: 0 });
    expect(await client.webhooks.stopReplay(hook, replay)).toMatchObject({ left: 0 });
    expect((await client.webhooks.deliveries(hook)).deliveries).toEqual([]);
    expect((await client.webhooks.list()).map(({ id }) => id)).toEqual([hook]);
    expect((await client.webhooks.get(hook)).url).toBe('https://erp.example/hook');
    await client.webhooks.delete(hook);

    const missing = described.map(({ operation }) => operation.id).filter(id => !called.has(id));
    expect(missing.toSorted()).toEqual(notOffered.toSorted());
  });
});
