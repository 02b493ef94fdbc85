import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { office, someJob, someLocation, somePrinter } from '../../../doubles/samples.ts';
import { parseProperties, toTemplate } from '../../../shared/contracts/cirrusprint/properties.ts';
import { jobJson, locationJson } from '../../../shared/contracts/cirrusprint/responses.ts';
import type { Job, Standing } from '../../../shared/core/domain/job.ts';
import { transitions } from '../../../shared/core/domain/job.ts';
import type { Device, Printer } from '../../../shared/core/domain/printer.ts';
import exchanges from '../../fixtures/cirrusprint/exchanges.json' with { type: 'json' };
import { company, key, openWorld, otherKey, printOnlyKey, type Request, type World } from '../world.ts';

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

describe('whole exchanges', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  // in one world and in order: later exchanges use the results of earlier ones
  it.each(exchanges)('$title', async ({ request, response }) => {
    const { bodyBase64, ...rest } = request as Request & { bodyBase64?: string };
    const body = bodyBase64 === undefined ? rest.body : Buffer.from(bodyBase64, 'base64');

    const { statusCode, headers, body: answer } = await world.call({ headers: bearer(key), ...rest, body });

    expect({ status: statusCode, headers, body: answer }).toEqual(response);
  });
});

describe('calls', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  const call = (method: string, path: string, query = '', body?: string | Uint8Array, secret = key) =>
    world.call({ method, path, query, headers: bearer(secret), body });
  const textOf = async (answer: Promise<{ body?: string }>) => (await answer).body ?? '';

  const routes = [
    ['GET', '/api/tempfile'],
    ['PUT', '/api/putfile'],
    ['GET', '/api/submitfile'],
    ['PUT', '/api/putsegment'],
    ['GET', `/api/get/job/${company}/office/laser/${'0'.repeat(32)}`],
    ['GET', `/api/delete/job/${company}/office/laser/${'0'.repeat(32)}`],
    ['GET', `/api/get/device/${company}/office/laser`],
    ['GET', `/api/put/device/${company}/office/laser`],
    ['GET', `/api/get/location/${company}/office`],
    ['GET', `/api/put/location/${company}/office`],
  ] as const;

  it.each(routes)('%s %s answers 401 and Error: without a key and with a wrong one', async (method, path) => {
    for (const headers of [{}, bearer('unknown'), { authorization: key }]) {
      const answer = await world.call({ method, path, headers });

      expect(answer.statusCode).toBe(401);
      expect(answer.body).toMatch(/^Error: /);
    }
  });

  it.each([
    `/api/get/job/${company}/office/laser`,
    `/api/get/device/${company}/office`,
    `/api/get/location/${company}`,
  ])('%s returns nothing to another company', async path => {
    const job = await textOf(call('PUT', '/api/putfile', 'targets=office:laser', Buffer.from('x')));
    const last = { '/api/get/job': job, '/api/get/device': 'laser', '/api/get/location': 'office' }[
      path.slice(0, path.indexOf(`/${company}`))
    ];
    const theirs = await call('GET', `${path}/${last}`);
    const others = await call('GET', `${path}/${last}`, '', undefined, otherKey);
    const nothing = await call('GET', `${path.replace(company, 'unknown')}/${last}`, '', undefined, otherKey);

    expect(theirs.body).toMatch(/^\{/);
    expect(others).toEqual(nothing);
    expect(others.body).toMatch(/^Error: Unknown/);
  });

  it('keeps one company from submitting or extending the upload of another', async () => {
    const file = await textOf(call('GET', '/api/tempfile'));
    const segment = await call('PUT', '/api/putsegment', `file=${file}&index=0`, Buffer.from('stolen'), otherKey);
    const submit = await call('GET', '/api/submitfile', `file=${file}&targets=office:laser`, undefined, otherKey);

    expect(segment.body).toBe('Error: Unknown file or upload: it does not exist or has expired.');
    expect(submit.body).toBe('Error: Unknown file or upload: it does not exist or has expired.');
  });

  it('refuses a key without the scope to change devices', async () => {
    const answer = await call(
      'GET',
      `/api/put/device/${company}/office/laser`,
      'IsInactive=1',
      undefined,
      printOnlyKey,
    );

    expect(answer.statusCode).toBe(403);
    expect(answer.body).toMatch(/^Error: /);
  });

  const badSegments: [title: string, query: string, body: string, status: number][] = [
    ['a missing index', 'file=FILE', 'x', 400],
    ['a missing file', 'index=0', 'x', 400],
    ['a negative index', 'file=FILE&index=-1', 'x', 200],
    ['an index that is not a number', 'file=FILE&index=1e3', 'x', 200],
    ['an index beyond every document', 'file=FILE&index=99999999999999', 'x', 200],
    ['an index beyond all numbers', `file=FILE&index=${'9'.repeat(40)}`, 'x', 200],
    ['an empty body', 'file=FILE&index=0', '', 200],
    ['an unknown file', `file=${'9'.repeat(32)}&index=0`, 'x', 200],
    ['a file name of another kind', 'file=../../etc/passwd&index=0', 'x', 200],
  ];
  it.each(badSegments)('a segment with %s is refused and leaves nothing', async (_title, query, body, status) => {
    const file = await textOf(call('GET', '/api/tempfile'));

    const answer = await call('PUT', '/api/putsegment', query.replace('FILE', file), Buffer.from(body));

    expect(answer.statusCode).toBe(status);
    expect(answer.body).toMatch(/^Error: /);
    const submit = await call('GET', '/api/submitfile', `file=${file}&targets=office:laser`);
    expect(submit.body).toBe('Error: The upload is empty. Send its bytes, then submit it.');
  });

  const badSubmissions: [title: string, query: string, status: number][] = [
    ['no targets', 'targets=', 400],
    ['a target without a device', 'targets=office', 200],
    ['an unknown location', 'targets=nowhere:laser', 200],
    ['an unknown device', 'targets=office:nothing', 200],
    ['an inactive device', 'targets=office:asleep', 200],
    ['one bad target among good ones', 'targets=office:laser;office:nothing', 200],
    ['1,000 targets', `targets=${Array(1000).fill('office:laser').join(';')}`, 200],
    ['an unknown compression', 'targets=office:laser&cmp=7', 200],
    ['bytes that are not zlib', 'targets=office:laser&cmp=1', 200],
    ['bytes that are not gzip', 'targets=office:laser&cmp=2', 200],
    ['a property without a value', 'targets=office:laser&props=copies', 200],
    ['a property out of range', 'targets=office:laser&props=copies%3D100', 200],
    ["another company's name", 'targets=office:laser&compid=rival', 200],
  ];
  it.each(badSubmissions)('a submission with %s is refused and makes no job', async (_title, query, status) => {
    const before = await world.ports.jobs.list(company, 100);

    const answer = await call('PUT', '/api/putfile', query, Buffer.from('hello, printer'));

    expect(answer.statusCode).toBe(status);
    expect(answer.body).toMatch(/^Error: /);
    expect(await world.ports.jobs.list(company, 100)).toEqual(before);
  });

  it.each([
    ['with control characters', 'a%00%01b%0A', 'a b'],
    ['of 10 kB', '%C3%BC'.repeat(5000), 'ü'.repeat(255)],
    ['of blanks', '%20+', expect.stringMatching(/^[0-9a-f]{32}$/)],
  ])('a title %s costs no job', async (_what, title, name) => {
    const stored = await textOf(call('PUT', '/api/putfile', '', Buffer.from('x')));
    const put = await textOf(call('PUT', '/api/putfile', `targets=office:laser&title=${title}`, Buffer.from('x')));
    const submitted = await textOf(
      call('GET', '/api/submitfile', `file=${stored}&targets=office:laser&title=${title}`),
    );

    for (const id of [put, submitted]) expect((await world.ports.jobs.get(id as never))?.name).toEqual(name);
  });

  it('makes one job a target, in target order, of a document in any compression', async () => {
    const bytes = Buffer.from('%PDF-1.4 hello');
    for (const [query, body] of [
      ['', bytes],
      ['&cmp=1', deflateSync(bytes)],
      ['&cmp=2', gzipSync(bytes)],
    ] as const) {
      const answer = await textOf(call('PUT', '/api/putfile', `targets=office:label;office:laser${query}`, body));
      const jobs = await Promise.all(answer.split('\n').map(id => world.ports.jobs.get(id as never)));

      expect(jobs.map(job => job?.printer?.deviceId)).toEqual(['label', 'laser']);
      expect(jobs.map(job => job?.document?.octets)).toEqual([bytes.length, bytes.length]);
    }
  });

  it('refuses to inflate a bomb at once, and leaves it to be refused when it is prepared', async () => {
    const bomb = deflateSync(Buffer.alloc(40 * 1024 * 1024));

    const id = await textOf(call('PUT', '/api/putfile', 'targets=office:laser&cmp=1', bomb));

    expect((await world.ports.jobs.get(id as never))?.standing).toBe('pending/job-queued');
  });

  it('accepts parameters in a form as in a query', async () => {
    const file = await textOf(call('PUT', '/api/putfile', '', Buffer.from('form')));
    const answer = await world.call({
      method: 'POST',
      path: '/api/submitfile',
      headers: { ...bearer(key), 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(`file=${file}&targets=office%3Alaser&props=copies%3D2%0Aduplex%3D2`),
    });

    const job = await world.ports.jobs.get(answer.body as never);

    expect(job?.template).toEqual({ copies: 2, sides: 'two-sided-long-edge' });
    expect(job?.properties).toEqual({ copies: '2', duplex: '2' });
  });

  it.each([
    ['in any letter case', 'application/x-www-form-urlencoded', 'FILE=NAME&Targets=office%3Alaser&TITLE=form.txt'],
    [
      'under a label in any letter case',
      'Application/X-WWW-Form-URLencoded; Charset=UTF-8',
      'file=NAME&targets=office:laser&title=form.txt',
    ],
    ['under no label', undefined, 'file=NAME&targets=office:laser&title=form.txt'],
    ['twice, of which the last counts', undefined, 'file=NAME&targets=office:laser&title=a&title=form.txt'],
  ])('accepts the parameters of a form %s', async (_title, type, form) => {
    const file = await textOf(call('PUT', '/api/putfile', '', Buffer.from('form')));
    const headers: Record<string, string> = type ? { ...bearer(key), 'content-type': type } : bearer(key);
    const body = Buffer.from(form.replace('NAME', file));

    const answer = await world.call({ method: 'POST', path: '/api/submitfile', headers, body });

    expect((await world.ports.jobs.get(answer.body as never))?.name).toBe('form.txt');
  });

  it('prints at every target, with every property, of lists that are given in pieces', async () => {
    const query = 'targets=office:laser&targets=office:label&props=copies%3D2&props=duplex%3D2';
    const ids = (await textOf(call('PUT', '/api/putfile', query, Buffer.from('x')))).split('\n');
    const jobs = await Promise.all(ids.map(id => world.ports.jobs.get(id as never)));

    expect(jobs.map(job => job?.printer?.deviceId)).toEqual(['laser', 'label']);
    expect(jobs.map(job => job?.properties)).toEqual(Array(2).fill({ copies: '2', duplex: '2' }));
  });

  it('prints documents for targets in any letter case', async () => {
    const id = await textOf(call('PUT', '/api/putfile', 'Targets=office:laser', Buffer.from('x')));

    expect((await world.ports.jobs.get(id as never))?.printer?.deviceId).toBe('laser');
  });

  it.each([
    ['cmp=1', deflateSync(Buffer.alloc(0))],
    ['cmp=2', gzipSync(Buffer.alloc(0))],
  ])('refuses what is empty after decompression: %s', async (cmp, body) => {
    const file = await textOf(call('PUT', '/api/putfile', '', body));

    const put = await textOf(call('PUT', '/api/putfile', `targets=office:laser&${cmp}`, body));
    const submitted = await textOf(call('GET', '/api/submitfile', `file=${file}&targets=office:laser&${cmp}`));

    expect([put, submitted]).toEqual(Array(2).fill('Error: The document is empty after decompression.'));
  });

  const badChanges: [title: string, kind: 'device' | 'location', query: string][] = [
    ['a format that there is not', 'device', 'Formats=pdf;exe'],
    ['notes of 2,001 characters', 'device', `Notes=${'n'.repeat(2001)}`],
    ['a name with a control character', 'device', 'Name=a%00b'],
    ['a word for a number', 'device', 'IsInactive=yes'],
    ['a type that there is not', 'device', 'Type=5'],
    ['a default out of range', 'device', 'DefaultProps=copies%3D0'],
    ['a type that there is not', 'location', 'Type=2'],
    ['400 addresses', 'location', `AllowFrom=${'1.2.3.4;'.repeat(400)}`],
    ['a telephone number with a control character', 'location', 'Phone=%1B%5B2J'],
  ];
  it.each(badChanges)('%s changes nothing of a %s', async (_title, kind, query) => {
    const path = kind === 'device' ? `device/${company}/office/laser` : `location/${company}/office`;
    const before = await textOf(call('GET', `/api/get/${path}`));

    const answer = await textOf(call('GET', `/api/put/${path}`, query));

    expect(answer).toMatch(/^Error: /);
    expect(await textOf(call('GET', `/api/get/${path}`))).toBe(before);
  });

  it('finds a job for no printer at any printer, to be checked and deleted', async () => {
    const body = JSON.stringify({ html: '<p>file</p>', async: true });
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const made = await world.call({ method: 'POST', path: '/v1/pdf/convert/from/html', headers, body });
    const at = `${company}/office/laser/${JSON.parse(made.body ?? '').jobId}`;

    const found = await textOf(call('GET', `/api/get/job/${at}`));
    const others = await textOf(call('GET', `/api/get/job/${at}`, '', undefined, otherKey));
    const deleted = await textOf(call('GET', `/api/delete/job/${at}`));

    expect(JSON.parse(found)).toMatchObject({ LocID: '', DevID: '', State: 0 });
    expect(others).toBe('Error: Unknown job.');
    expect(JSON.parse(deleted)).toMatchObject({ State: 3 });
  });

  it('gives the same jobs for the same request under one idempotency key, and refuses another request', async () => {
    const put = (title: string) =>
      world.call({
        method: 'PUT',
        path: '/api/putfile',
        query: `targets=office:laser;office:label&title=${title}`,
        headers: { ...bearer(key), 'idempotency-key': 'order-7' },
        body: Buffer.from('once'),
      });

    const first = await put('a');
    const again = await put('a');
    const other = await put('b');

    expect(again.body).toBe(first.body);
    expect(other.body).toMatch(/^Error: This idempotency key/);
  });

  it('finds nothing behind a name that holds a slash', async () => {
    // the gateway decodes %2F before it delivers the path
    const answer = await call('GET', `/api/get/device/${company}/office/la/ser`);

    expect(answer).toMatchObject({ statusCode: 404, body: 'Error: Unknown call.' });
  });

  it('lists the methods of an operation', async () => {
    const answer = await call('GET', '/api/putfile');

    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'PUT' } });
    expect(answer.body).toMatch(/^Error: /);
  });

  it('finds its calls in any letter case and with a slash at the end', async () => {
    const answer = await call('GET', '/API/TempFile/');

    expect(answer.body).toMatch(/^[0-9a-f]{32}$/);
  });

  it('lets defaults of a device be overridden by the job', async () => {
    await call('POST', `/api/put/device/${company}/office/label`, 'DefaultProps=copies%3D3%3Bduplex%3D3');

    const id = await textOf(call('PUT', '/api/putfile', 'targets=office:label&props=copies%3D1', Buffer.from('x')));

    const job = await world.ports.jobs.get(id as never);
    expect(job?.template).toEqual({ copies: 1, sides: 'two-sided-short-edge' });
  });
});

describe('the state that a job shows', () => {
  const job = (standing: Standing, changes: Partial<Job> = {}) =>
    ({
      id: 'j',
      companyId: company,
      printer: { locationId: 'office', deviceId: 'laser' },
      name: 'a.pdf',
      standing,
      reasons: [],
      properties: {},
      submittedAt: 0,
      since: 0,
      updatedAt: 0,
      ...changes,
    }) as unknown as Job;
  const stateOf = (shown: Job) => JSON.parse(jobJson({ job: shown }).body as string).State;

  const expected: Record<Standing, number> = {
    'pending-held/job-incoming': 0,
    'pending-held/job-hold-until-specified': 0,
    'pending/job-queued': 0,
    'processing/job-transforming': 0,
    'pending/job-fetchable': 0,
    'processing/queued-in-device': 1,
    'processing/job-printing': 1,
    'processing-stopped/printer-stopped': 1,
    'processing-stopped/delivery-unconfirmed': 1,
    'completed/job-completed-successfully': 2,
    'canceled/job-canceled-by-user': 3,
    'aborted/aborted-by-system': 0,
  };

  it.each(Object.keys(transitions) as Standing[])('follows the table at %s', standing => {
    expect(stateOf(job(standing))).toBe(expected[standing]);
  });

  it('is never "delivered" for a failure: it is unchanged and the message has the reason', () => {
    const failed = job('aborted/aborted-by-system', { receivedAt: 5, message: 'The printer refused it.' });

    expect(stateOf(failed)).toBe(1);
    expect(JSON.parse(jobJson({ job: failed }).body as string).Message).toBe('The printer refused it.');
  });

  it('is "deleted" for an expired job and "saved" for an output', () => {
    expect(stateOf(job('aborted/aborted-by-system', { reasons: ['expired'] }))).toBe(3);
    expect(stateOf(job('completed/job-completed-successfully', { printer: undefined }))).toBe(8);
  });
});

describe('what a job shows', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);
  const shown = (changes: Partial<Job>) => JSON.parse(jobJson({ job: someJob(company, changes) }).body as string);
  const document = { key: 'd', octets: 7, sha256: '', format: 'application/pdf' };

  it('has its times, and the size and the pages of its document', () => {
    const completed = 'completed/job-completed-successfully';
    const times = { submittedAt: at, receivedAt: at + 1000, endedAt: at + 2000, updatedAt: at + 2999 };

    expect(shown({ ...times, standing: completed, document, pageCount: 3 })).toMatchObject({
      ...{ Submitted: '2026-01-02T03:04:05.000Z', Received: '2026-01-02T03:04:06.000Z', Size: 7, Pages: 3 },
      ...{ Delivered: '2026-01-02T03:04:07.000Z', Updated: at / 1000 + 2, DevID: 'laser', Target: 'laser' },
    });
    expect(shown({ ...times, standing: 'canceled/job-canceled-by-user', printer: undefined })).toMatchObject({
      ...{ Delivered: '', Size: 0, Pages: null, LocID: '', DevID: '', Target: '' },
    });
  });

  it.each([
    ['label.ZPL', undefined, 'ZPL', false],
    ['archive.tar.gz', document, 'gz', false],
    ['invoice', document, 'pdf', false],
    ['a.much-too-long', { ...document, format: 'application/vnd.hp-pcl' }, 'pcl', true],
    ['invoice', undefined, '', false],
  ])('%s is of the kind of its name, or else of its document', (name, document, extension, isRaw) => {
    expect(shown({ name, document })).toMatchObject({ Ext: extension, RawPrint: isRaw });
  });
});

describe('what a location shows', () => {
  const device = (attributes: Device['attributes'], scheme = 'ipp'): Device => ({
    ...{ deviceId: 'laser', scheme, attributes, state: 'idle', stateReasons: ['media-low'] },
  });
  const shown = (...printers: Partial<Printer>[]) => {
    const rows = printers.map(changes => ({ ...somePrinter(company, office), ...changes }));
    return JSON.parse(locationJson({ location: someLocation(company, 'office'), printers: rows }).body as string);
  };

  it('has a line for each printer that its relay has reported', () => {
    const able = device({
      'printer-make-and-model': 'Acme 9',
      'sides-supported': ['one-sided', 'two-sided-long-edge'],
      'media-source-supported': ['tray-1', 'tray-2'],
      'media-supported': ['iso_a4_210x297mm', 'iso_a5_148x210mm'],
      'color-supported': true,
    });
    const raw = { deviceId: 'label', device: device({ 'sides-supported': ['one-sided'] }, 'socket') };

    expect(shown({ device: able }, raw, { deviceId: 'asleep' }).Printers).toEqual([
      'laser\tAcme 9\ttray-1;tray-2\t1\t1\t1\tiso_a4_210x297mm;iso_a5_148x210mm',
      'label\tsocket\t\t0\t1\t0\t',
    ]);
  });

  it('has the formats of a printer as they are set, or else as its relay reports them', () => {
    const supported = (...formats: string[]) => device({ 'document-format-supported': formats });
    const { Devices } = shown(
      { deviceId: 'set', formats: ['pdf'], device: supported('text/plain') },
      { deviceId: 'reported', formats: [], device: supported('application/pdf', 'image/urf', 'text/plain') },
      { deviceId: 'raw', formats: [], device: device({}) },
      { deviceId: 'unknown', formats: [] },
    );

    expect(Object.values<{ Formats: string[] }>(Devices).map(({ Formats }) => Formats)).toEqual([
      ['pdf'],
      ['pdf', 'txt'],
      ['any'],
      ['any'],
    ]);
    expect(Devices.raw).toMatchObject({ State: 'idle', StateReasons: ['media-low'], IsInactive: false });
    expect(Devices.unknown).toMatchObject({ State: 'unknown', StateReasons: [] });
  });
});

describe('properties', () => {
  const translations: [text: string, template: object][] = [
    ['color=1', { 'print-color-mode': 'monochrome' }],
    ['color=2', { 'print-color-mode': 'color' }],
    ['copies=99', { copies: 99 }],
    ['collate=1', { 'multiple-document-handling': 'separate-documents-collated-copies' }],
    ['duplex=1', { sides: 'one-sided' }],
    ['duplex=2', { sides: 'two-sided-long-edge' }],
    ['duplex=3', { sides: 'two-sided-short-edge' }],
    ['orientation=1', { 'orientation-requested': 3 }],
    ['orientation=2', { 'orientation-requested': 4 }],
    ['priority=50', { 'job-priority': 50 }],
    ['scale=0', { 'print-scaling': 'fit' }],
    ['scale=1', { 'print-scaling': 'auto-fit' }],
    ['scale=2', { 'print-scaling': 'none' }],
    ['tray=Tray 2', { 'media-source': 'Tray 2' }],
    ['size=A4', { media: 'iso_a4_210x297mm' }],
    ['custsize=label_60x40mm;size=A4', { media: 'label_60x40mm' }],
    ['bmp=300', {}],
    ['stapler=yes', {}],
    ['Copies=2\nDUPLEX=1', { copies: 2, sides: 'one-sided' }],
  ];

  it.each(translations)('%s becomes the IPP attribute', (text, template) => {
    expect(toTemplate(parseProperties(text))).toEqual(template);
  });

  it('are taken up to 10,000 characters', () => {
    const text = `note=${'n'.repeat(9_995)}`;

    expect(parseProperties(text)).toEqual({ note: 'n'.repeat(9_995) });
    expect(() => parseProperties(`${text}n`)).toThrow('at most 10000 characters');
  });

  it.each([
    'color=3',
    'copies=0',
    'copies=100',
    'copies=x',
    'collate=2',
    'duplex=0',
    'orientation=3',
    'priority=0',
    'scale=3',
    'bmp=72',
    `tray=${'t'.repeat(256)}`,
  ])('%s is refused', text => {
    expect(() => toTemplate(parseProperties(text))).toThrow(/cannot be/);
  });
});
