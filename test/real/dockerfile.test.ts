import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, it } from 'vitest';
import { buildImage, makeBase, startIn } from '../../doubles/image-build.ts';
import { until } from '../../doubles/machine.ts';

/*
 * The Dockerfile, carried out in a Debian that has nothing but what the base image has (debootstrap, as root). Docker's
 * own isolation is not tested.
 */

const dockerfile = resolve(import.meta.dirname, '../../Dockerfile');
const scratch = mkdtempSync(join(tmpdir(), 'platen-image-'));
afterAll(() => void execFileSync('rm', ['-rf', scratch]));

it('makes an image that prints a page as an ordinary user', { timeout: 900_000 }, async () => {
  const [, release = ''] = /^FROM node:24-(\w+)-slim$/m.exec(readFileSync(dockerfile, 'utf8')) ?? [];
  makeBase(join(scratch, 'base'), release);
  const image = buildImage(dockerfile, join(scratch, 'base'), scratch);

  const server = startIn(image, [...image.entryPoint, '--port', '0', '--mqtt-port', '0']);
  const said = Promise.all([text(server.stdout), text(server.stderr)]);
  try {
    const data = join(image.folder, 'data');
    const read = () => JSON.parse(readFileSync(join(data, 'platen.json'), 'utf8'));
    const { endpoint, key } = await until(() => readdirSync(data).includes('platen.json') && read());
    await until(async () => (await fetch(`${endpoint}/readyz`)).ok);
    const body = JSON.stringify({ printer: 'office:folder', document: { html: '<h1>Hello</h1>' } });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    expect((await fetch(`${endpoint}/platen/v1/jobs`, { method: 'POST', headers, body })).status).toBe(201);
    await until(() => readdirSync(join(data, 'printed')).some(name => /^page.*\.pdf$/.test(name)));

    const port = new URL(endpoint).port;
    const check = startIn(
      image,
      image.healthCheck.map(word => word.replace('8080', port)),
    );
    expect(await once(check, 'exit')).toEqual([0, null]);
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  } finally {
    server.kill('SIGKILL');
  }
  expect((await said).join('')).toContain('Platen is ready');
});
