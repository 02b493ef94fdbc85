import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleConsole, type ConsoleFile } from '../../console/bundle/bundle.ts';
import { contentSecurityPolicy } from '../../console/bundle/policy.ts';

const root = resolve(import.meta.dirname, '../..');

describe('the console', () => {
  let files: ConsoleFile[];
  beforeAll(async () => {
    files = await bundleConsole();
  });
  const gzipped = (suffix: string) =>
    files.filter(({ name }) => name.endsWith(suffix)).reduce((sum, { octets }) => sum + gzipSync(octets).length, 0);

  it('has correct types, by its own configuration for browsers', async () => {
    await promisify(execFile)(resolve(root, 'node_modules/.bin/tsc'), ['-p', 'console'], { cwd: root });
  });

  it('is at most 60 kB of script, 12 kB of styles and 20 files', () => {
    expect(gzipped('.js')).toBeLessThan(60_000);
    expect(gzipped('.js')).toBeGreaterThan(10_000);
    expect(gzipped('.css')).toBeLessThan(12_000);
    expect(files.length).toBeLessThanOrEqual(20);
  });

  it('loads nothing from other hosts', () => {
    const texts = files.map(({ name, octets }) => ({ name, text: Buffer.from(octets).toString() }));
    // names of SVG and MathML, an example, and the text of a hint: none is requested
    const harmless = /https?:\/\/(www\.w3\.org\/|192\.168\.1\.20)|https?:\/\/["'`\s]|begins with https:\/\//g;
    const hosts = texts.flatMap(({ text }) => text.replace(harmless, '').match(/https?:\/\/[\w.-]+/g) ?? []);

    expect(hosts).toEqual([]);
  });

  it('permits only scripts of its own, and connections to the API', () => {
    const policy = contentSecurityPolicy(['https://api.test']);

    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' https://api.test;");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
  });
});
