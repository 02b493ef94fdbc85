import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../../shared/contracts/index.ts';
import type { Scope } from '../../../shared/core/domain/company.ts';
import { keyDigest } from '../../../shared/core/usecases/accounts/authenticate.ts';
import { company, key, openWorld, printOnlyKey, type World } from '../world.ts';

/** Who may call what. A new route is added here; the routes themselves are not asked. */
const expected: Record<Scope | 'anyone', string[]> = {
  anyone: [
    'GET,POST /api/version',
    'GET /api/v1/licensing/ping',
    'GET /api/v1/licensing',
    'POST /api/v1/licensing',
    'GET /api/v1/printHtml/download/{job}',
    'GET /api/v1/printHtml/download/{job}/{fileName+}',
    'GET /api/v1/printPdf/download/{job}',
    'GET /api/v1/printPdf/download/{job}/{fileName+}',
    'GET,HEAD /v1/results/{job}/{name}',
    'GET,HEAD /v1/results/{job}/{file}/{name}',
    'GET,HEAD /v1/temp/{upload}/{name}',
    'POST /platen/v1/relays/enrol',
    'POST /platen/v1/relays/renew',
    'GET /platen/v1/shared/{token}',
    'GET /openapi.json',
    'GET /docs',
  ],
  read: [
    'GET /platen/v1/jobs',
    'GET /platen/v1/jobs/{job}',
    'GET /platen/v1/jobs/{job}/trace',
    'GET /platen/v1/printers',
    'GET /platen/v1/printers/{printer}',
    'GET /platen/v1/locations',
    'GET /platen/v1/locations/{location}',
    'GET /platen/v1/relays',
    'GET /platen/v1/events',
    'GET /platen/v1/events/stream',
    'POST /platen/v1/events/streams',
  ],
  preview: ['GET /platen/v1/jobs/{job}/pages/{page}'],
  print: [
    'PUT /api/putfile',
    'GET,POST /api/submitfile',
    'GET,POST /api/tempfile',
    'PUT /api/putsegment',
    'GET,POST /api/get/job/{company}/{location}/{device}/{job}',
    'GET,POST /api/delete/job/{company}/{location}/{device}/{job}',
    'GET,POST /api/get/device/{company}/{location}/{device}',
    'GET,POST /api/get/location/{company}/{location}',
    'GET /api',
    'GET /api/v1/printHtml/settings',
    'GET /api/v1/printHtml/deviceinfo/{printer+}',
    'GET /api/v1/printHtml/htmlPrintDefaults',
    'GET /api/v1/printHtml/htmlPrintDefaults/{units}',
    'GET /api/v1/printer/settings/{printer+}',
    'GET,PUT /api/v1/printer/current',
    'PUT /api/v1/printer/current/{printer+}',
    'PUT /api/v1/printHtml/CurrentPrinter/{printer+}',
    'POST /api/v1/printHtml/print',
    'GET /api/v1/printHtml/status/{job}',
    'PUT /api/v1/printHtml/canceljob/{job}',
    'POST /api/v1/printPdf/print',
    'GET /api/v1/printPdf/status/{job}',
    'PUT /api/v1/printPdf/canceljob/{job}',
    'POST /api/v1/printDirect/print',
    'GET,POST /v1/job/check',
    'GET,POST /v1/pdf/convert/from/html',
    'GET,POST /v1/pdf/convert/from/url',
    'GET,POST /v1/pdf/convert/from/image',
    'GET,POST /v1/pdf/merge',
    'GET,POST /v1/pdf/merge2',
    'GET,POST /v1/pdf/split',
    'GET,POST /v1/pdf/split2',
    'GET,POST /v1/pdf/info',
    'GET,POST /v1/pdf/convert/to/text',
    'GET,POST /v1/pdf/convert/to/text-simple',
    'GET,POST /v1/pdf/convert/to/png',
    'GET,POST /v1/pdf/convert/to/jpg',
    'GET,POST /v1/barcode/generate',
    'GET,POST /v1/file/upload/url',
    'GET,POST /v1/file/hash',
    'POST /v1/file/upload',
    'POST /v1/file/upload/base64',
    'GET,POST /v1/file/upload/get-presigned-url',
    'GET,POST,DELETE /v1/file/delete',
    'GET,POST /v1/account/credit/balance',
    'POST /platen/v1/jobs',
    'POST /platen/v1/printers/{printer}/test-page',
    'POST /platen/v1/printers/{printer}/identify',
    'GET /platen/v1/jobs/{job}/document',
    'POST /platen/v1/jobs/cancel',
    'POST /platen/v1/jobs/resolve',
    'POST /platen/v1/jobs/{job}/release',
    'POST /platen/v1/jobs/{job}/cancel',
    'POST /platen/v1/jobs/{job}/resolve',
    'POST /platen/v1/jobs/{job}/copies',
    'POST /platen/v1/jobs/{job}/move',
    'POST /platen/v1/jobs/{job}/share',
    'POST /platen/v1/uploads',
    'GET /platen/v1/uploads/{upload}',
    'POST /platen/v1/uploads/{upload}/complete',
    'DELETE /platen/v1/uploads/{upload}',
  ],
  admin: [
    'GET,POST /api/put/device/{company}/{location}/{device}',
    'GET,POST /api/put/location/{company}/{location}',
    'PATCH /platen/v1/printers/{printer}',
    'DELETE /platen/v1/printers/{printer}',
    'PUT /platen/v1/locations/{location}',
    'DELETE /platen/v1/locations/{location}',
    'POST /platen/v1/locations/{location}/enrolment-codes',
    'DELETE /platen/v1/relays/{relay}',
    'GET /platen/v1/webhooks',
    'POST /platen/v1/webhooks',
    'GET /platen/v1/webhooks/{webhook}',
    'PATCH /platen/v1/webhooks/{webhook}',
    'DELETE /platen/v1/webhooks/{webhook}',
    'POST /platen/v1/webhooks/{webhook}/rotate',
    'POST /platen/v1/webhooks/{webhook}/test',
    'POST /platen/v1/webhooks/{webhook}/enable',
    'GET /platen/v1/webhooks/{webhook}/deliveries',
    'POST /platen/v1/webhooks/{webhook}/replays',
    'GET /platen/v1/webhooks/{webhook}/replays/{replay}',
    'DELETE /platen/v1/webhooks/{webhook}/replays/{replay}',
    'GET /platen/v1/keys',
    'POST /platen/v1/keys',
    'DELETE /platen/v1/keys/{key}',
  ],
};

const readOnlyKey = '6ba7b813-9dad-11d1-80b4-00c04fd430c8';
const previewKey = '6ba7b814-9dad-11d1-80b4-00c04fd430c8';
const keys = { anyone: undefined, read: readOnlyKey, preview: previewKey, print: printOnlyKey, admin: key };
const needed = (Object.entries(expected) as [Scope | 'anyone', string[]][]).flatMap(([scope, list]) =>
  list.flatMap(route => {
    const [methods = '', path = ''] = route.split(' ');
    return methods.split(',').map(method => [method, path, scope] as const);
  }),
);
/** The licence that ScriptX shows here is the caller's, which has one or not. */
const showsOwnLicence = (path: string) => path === '/api/v1/licensing';
const withKey = needed.filter(([, , scope]) => scope !== 'anyone');

describe('access', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    const narrow: [string, Scope][] = [
      [readOnlyKey, 'read'],
      [previewKey, 'preview'],
    ];
    for (const [secret, scope] of narrow) {
      const digest = keyDigest(secret);
      await world.ports.registry.putKey({ digest, companyId: company, name: scope, scopes: [scope], createdAt: 0 });
    }
  });
  afterAll(() => world.close());

  async function statusOf(method: string, path: string, secret: string | undefined): Promise<number | undefined> {
    const headers = secret ? credentialsFor(path, secret) : {};
    const query = path.endsWith('/stream') ? 'after=0' : ''; // without a number it waits for an event
    return (await world.call({ method, path: exampleOf(path), query, headers })).statusCode;
  }

  it('is stated for every route, and for no other', () => {
    const all = routes.flatMap(({ methods, path }) => methods.map(method => `${method} ${path}`));

    expect(needed.map(([method, path]) => `${method} ${path}`).sort()).toEqual(all.sort());
  });

  it.each(withKey)('%s %s is refused without a key', async (method, path) => {
    expect(await statusOf(method, path, undefined)).toBe(path === '/api' ? 200 : 401);
  });

  it.each(withKey.filter(([, , scope]) => scope === 'print'))(
    '%s %s is refused to a key that may read',
    async (method, path) => {
      expect(await statusOf(method, path, keys.read)).toBe(403);
    },
  );

  it.each(withKey.filter(([, , scope]) => scope === 'preview'))(
    '%s %s is refused to keys that may read or print',
    async (method, path) => {
      expect([await statusOf(method, path, keys.read), await statusOf(method, path, keys.print)]).toEqual([403, 403]);
    },
  );

  it.each(withKey.filter(([, , scope]) => scope === 'admin'))(
    '%s %s is refused to a key that may print',
    async (method, path) => {
      expect(await statusOf(method, path, keys.print)).toBe(403);
    },
  );

  it.each(needed.filter(([, path]) => !showsOwnLicence(path)))('%s %s is open to %s', async (method, path, scope) => {
    expect([401, 403]).not.toContain(await statusOf(method, path, keys[scope]));
  });
});

/** The key as clients of the dialect send it. */
function credentialsFor(path: string, secret: string): Record<string, string> {
  const isScriptx = path === '/api' || path.startsWith('/api/v1/');
  if (isScriptx) return { authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` };
  return { authorization: `Bearer ${secret}`, 'x-api-key': secret };
}

/** A path with something in place of its parameters. */
function exampleOf(path: string): string {
  const known: Record<string, string> = { company, location: 'office', device: 'laser', printer: 'office:laser' };
  return path.replace(/\{(\w+)\+?\}/g, (_, name: string) => known[name] ?? 'f'.repeat(32));
}
