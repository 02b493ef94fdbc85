import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasTable, withoutTable } from '../../../scripts/font-tables.ts';
import { isUnread, unread } from '../../../scripts/trim-install.ts';
import { unreadCdkFiles } from '../../../scripts/unread-cdk.ts';
import { fontFiles, fontPaths } from '../../../shared/adapters/convert/fonts/fonts.ts';

const scratch = mkdtempSync(join(tmpdir(), 'platen-trim-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(scratch, name)), { recursive: true });
    writeFileSync(join(scratch, name), text);
  }
}

describe('the list of files that are deleted after an installation', () => {
  it('names only packages that are installed', () => {
    const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package-lock.json'), 'utf8'));

    const missing = Object.keys(unread).filter(name => !(`node_modules/${name}` in lock.packages));

    expect(missing).toEqual([]);
  });

  it('leaves the fonts that pages use, and no other weight', () => {
    expect(fontFiles.filter(file => isUnread(`@expo-google-fonts/${file}`))).toEqual([]);
    expect(isUnread('@expo-google-fonts/arimo/500Medium/Arimo_500Medium.ttf')).toBe(true);
  });

  it.each([
    'mqtt/LICENSE.md',
    '@types/node/index.d.ts',
    'zod/index.d.cts',
    'vite/types/import-meta.d.ts',
    '@hyzyla/pdfium/dist/index.esm.js',
    'bwip-js/dist/bwip-js-node.mjs',
  ])('leaves %s', file => {
    expect(isUnread(file)).toBe(false);
  });

  it.each([
    'mqtt/README.md',
    'zod/src/v4/core/schemas.ts',
    'vite/dist/node/index.js.map',
    '@aws-sdk/client-s3/dist-types/ts3.4/index.d.ts',
    '@hyzyla/pdfium/dist/pdfium.wasm.base64-B4io7kt4.js',
  ])('has %s', file => {
    expect(isUnread(file)).toBe(true);
  });
});

describe('a font without one of its tables', () => {
  it('keeps the other tables octet for octet', () => {
    const font = readFileSync(fontPaths()[0] as string);

    const shorter = withoutTable(font, 'GSUB');

    expect([hasTable(font, 'GSUB'), hasTable(shorter, 'GSUB')]).toEqual([true, false]);
    expect(tablesOf(shorter)).toEqual(tablesOf(font).filter(([tag]) => tag !== 'GSUB'));
    expect(shorter.length % 4).toBe(0);
  });

  it('has a header for the tables that are left', () => {
    const font = readFileSync(fontPaths()[0] as string);
    const count = font.readUInt16BE(4) - 1;
    const power = 2 ** Math.floor(Math.log2(count));

    const shorter = withoutTable(font, 'GSUB');

    expect([4, 6, 8, 10].map(offset => shorter.readUInt16BE(offset))).toEqual([
      count,
      power * 16,
      Math.log2(power),
      (count - power) * 16,
    ]);
  });

  function tablesOf(font: Buffer): [tag: string, checksum: number, octets: string][] {
    return Array.from({ length: font.readUInt16BE(4) }, (_, index) => {
      const at = 12 + 16 * index;
      const offset = font.readUInt32BE(at + 8);
      const octets = font.subarray(offset, offset + font.readUInt32BE(at + 12));
      return [font.toString('latin1', at, at + 4), font.readUInt32BE(at + 4), octets.toString('base64')];
    });
  }
});

describe('files of aws-cdk-lib that are deleted', () => {
  write({
    'infra/main.ts': `import { Stack } from 'aws-cdk-lib';\nimport type {\n  Bucket,\n} from 'aws-cdk-lib/aws-s3';\n`,
    'modules/cdk-nag/index.js': 'var r = require("aws-cdk-lib/aws-sns");',
    'modules/aws-cdk-lib/index.js': 'require("./core");require("./aws-s3");require("./aws-ec2");require("./aws-sns")',
    'modules/aws-cdk-lib/core/index.js': 'require("./assets.js")',
    'modules/aws-cdk-lib/core/unnamed.js': '',
    'modules/aws-cdk-lib/aws-s3/index.js': 'get:()=>require("./lib")',
    'modules/aws-cdk-lib/aws-s3/lib/index.js': 'require("../../aws-kms")',
    'modules/aws-cdk-lib/aws-s3/lib/index.d.ts': `import * as kms from '../../aws-kms';`,
    'modules/aws-cdk-lib/aws-s3/index.d.ts': `export * from './lib';`,
    'modules/aws-cdk-lib/aws-kms/index.js': '',
    'modules/aws-cdk-lib/aws-kms/index.d.ts': '',
    'modules/aws-cdk-lib/aws-sns/index.js': '',
    'modules/aws-cdk-lib/aws-sns/index.d.ts': '',
    'modules/aws-cdk-lib/aws-ec2/index.js': 'require("./lib")',
    'modules/aws-cdk-lib/aws-ec2/lib/index.js': '',
    'modules/aws-cdk-lib/aws-ec2/lib/code.zip': '',
  });
  const modules = join(scratch, 'modules');
  const unreadOf = (...users: string[]) => unreadCdkFiles(modules, users).map(path => path.replace('aws-cdk-lib/', ''));

  it('are modules of services that no user names, directly or through another module', () => {
    expect(unreadOf(join(scratch, 'infra'), join(modules, 'cdk-nag')).sort()).toEqual([
      'aws-ec2/index.js',
      'aws-ec2/lib/index.js',
      'aws-sns/index.d.ts',
    ]);
  });

  it('do not exist where the library is not installed', () => {
    expect(unreadCdkFiles(join(scratch, 'nothing'), [join(scratch, 'absent')])).toEqual([]);
  });
});
