import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type IppPrinter,
  type IppPrinterOptions,
  type Oddity,
  startIppPrinter,
} from '../../../../doubles/ipp-printer.ts';
import type { DeviceOptions } from '../../../../relay/printers/device-options.ts';
import { openOutputDevice } from '../../../../relay/printers/index.ts';
import { make, textsOf } from '../../../../shared/ipp/attributes.ts';
import type { IppMessage } from '../../../../shared/ipp/message.ts';
import { statusCodes } from '../../../../shared/ipp/tags.ts';
import { hurried, type Printing, type PrintingOptions, preparePrinting } from './printing.ts';
import { selfSigned } from './self-signed.ts';

/** Printers as people reported them: old, strict, forgetful, or with one way to print. */

let printer: IppPrinter;
let printing: Printing;
afterEach(async () => {
  await printer.stop();
  await printing.remove();
});

async function prepare(options: IppPrinterOptions = {}, octets = 20_000, asked: PrintingOptions = {}) {
  printer = await startIppPrinter(options);
  printing = await preparePrinting(octets, asked);
}
const device = (options: DeviceOptions = hurried, query = '') =>
  openOutputDevice('d1', `${printer.uri}${query}`, options);
const print = (options?: DeviceOptions, query?: string) => printing.print(device(options, query));
const bad: Oddity = { status: statusCodes['client-error-bad-request'] };
const requested = (message: IppMessage) => textsOf(message.groups[0]?.attributes ?? [], 'requested-attributes');
const asked = (name: string) => printer.jobs[0]?.attributes.find(attribute => attribute.name === name);

describe('a printer that refuses to say what it is', () => {
  const refusing: [string, IppPrinterOptions['oddly']][] = [
    ['to IPP/2.0, as a bad request', (_, { version }) => (version.major > 1 ? bad : undefined)],
    ['but by IPP/1.0', (_, { version }) => (version.minor > 0 || version.major > 1 ? bad : undefined)],
    [
      'to a list of attributes',
      (name, message) => (name === 'getPrinterAttributes' && !requested(message).includes('all') ? bad : undefined),
    ],
    ['by a status of HTTP to IPP/2.0', (_, { version }) => (version.major > 1 ? { httpStatus: 400 } : undefined)],
  ];
  it.each(refusing)('%s is asked otherwise, and prints', async (_, oddly) => {
    await prepare({ oddly });

    expect(await print()).toMatchObject({ kind: 'completed' });
    expect(printer.jobs).toHaveLength(1);
  });

  it('is asked the right way at once the next time', async () => {
    await prepare({ oddly: (_, { version }) => (version.major > 1 ? bad : undefined) });
    const known = device();
    await printing.print(known);
    const questions = printer.asked.filter(name => name === 'getPrinterAttributes').length;

    await known.describe(printing.controller.signal);

    expect(printer.asked.filter(name => name === 'getPrinterAttributes').length - questions).toBe(1);
  });

  const named: [number, string, string][] = [
    [401, 'printer-asks-for-password', 'user name and password'],
    [403, 'printer-refuses-access', 'refuses access'],
    [404, 'printer-path-unknown', 'no printer at the path /ipp/print'],
    [426, 'printer-demands-tls', 'ipps://'],
    [302, 'printer-redirects', 'http://elsewhere/'],
  ];
  it.each(named)('by HTTP %d is not called offline: %s', async (httpStatus, reason, words) => {
    await prepare({ oddly: () => ({ httpStatus, headers: { location: 'http://elsewhere/' } }) });

    const outcome = await print();
    const described = await device().describe(printing.controller.signal);

    expect(outcome).toMatchObject({ kind: 'retry', reasons: [reason], message: expect.stringContaining(words) });
    expect(described.stateReasons).toEqual([reason]);
  });

  it('by IPP is not called offline', async () => {
    await prepare({ oddly: () => ({ status: statusCodes['client-error-forbidden'] }) });

    expect(await print()).toMatchObject({ kind: 'retry', reasons: ['printer-refuses-requests'] });
  });
});

describe('a printer that asks for a user name and password', () => {
  const login = { user: 'bob', password: 's:ecret' };
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');

  it('is given them by Basic', async () => {
    const expected = `Basic ${Buffer.from('bob:s:ecret').toString('base64')}`;
    await prepare({
      oddly: (_, _message, { headers }) =>
        headers.authorization === expected
          ? undefined
          : { httpStatus: 401, headers: { 'www-authenticate': 'Basic realm="Printer"' } },
    });

    expect(await print({ ...hurried, login })).toMatchObject({ kind: 'completed' });
    expect(printer.asked.filter(name => name === 'sendDocument')).toHaveLength(1);
  });

  it('is given proof of them by Digest', async () => {
    const isRight = (header = '') => {
      const value = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(header)?.[1] ?? '';
      const middle = ['nonce', 'nc', 'cnonce', 'qop'].map(value).join(':');
      return value('response') === md5(`${md5('bob:Printer:s:ecret')}:${middle}:${md5(`POST:${value('uri')}`)}`);
    };
    const challenge = 'Digest realm="Printer", qop="auth", nonce="n1", opaque="o"';
    await prepare({
      oddly: (_, _message, { headers }) =>
        isRight(headers.authorization) ? undefined : { httpStatus: 401, headers: { 'www-authenticate': challenge } },
    });

    expect(await print({ ...hurried, login })).toMatchObject({ kind: 'completed' });
  });

  it('and refuses them is named, and not asked for ever', async () => {
    await prepare({ oddly: () => ({ httpStatus: 401, headers: { 'www-authenticate': 'Basic realm="Printer"' } }) });

    expect(await print({ ...hurried, login })).toMatchObject({ reasons: ['printer-asks-for-password'] });
    expect(printer.asked.length).toBeLessThan(5);
  });
});

describe('a printer with old TLS', () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

  it('is named, with the way to allow it', async () => {
    await prepare({ tls: { ...(await selfSigned()), ...old } });

    const message = expect.stringMatching(/too old.*\?tls=1\.0/);
    expect(await print()).toMatchObject({ kind: 'retry', reasons: ['printer-tls-too-old'], message });
  });

  it('prints where the operator has allowed it', async () => {
    await prepare({ tls: { ...(await selfSigned()), ...old } });

    expect(await print(hurried, '?tls=1.0')).toMatchObject({ kind: 'completed' });
  });

  it('that speaks no TLS at all is named', async () => {
    await prepare();
    const plain = openOutputDevice('d1', printer.uri.replace('ipp:', 'ipps:'), hurried);

    expect(await printing.print(plain)).toMatchObject({ reasons: ['printer-without-tls'] });
  });
});

describe('what a printer does not take', () => {
  const template = { copies: 3, media: 'na_letter_8.5x11in', sides: 'two-sided-long-edge' as const };

  it('of a job that it refuses for it is left out alone, and named', async () => {
    const oddly: IppPrinterOptions['oddly'] = (name, { groups }) => {
      const media = groups.flatMap(({ attributes }) => attributes).find(attribute => attribute.name === 'media');
      const isRefused = name === 'createJob' && media;
      return isRefused ? { status: 0x040b, unsupported: [media] } : undefined;
    };
    await prepare({ oddly }, 20, { template });

    const warnings = ['the printer does not offer media'];
    expect(await print()).toEqual({ kind: 'completed', message: warnings[0], warnings });
    expect(printer.jobs[0]?.attributes.map(({ name }) => name)).toEqual(['copies', 'sides']);
  });

  it('of a job that it accepts is named', async () => {
    const ignored = [make.integer('copies', 3), make.keyword('sides', 'two-sided-long-edge')];
    await prepare({ oddly: name => (name === 'createJob' ? { ignored } : undefined) }, 20, { template });

    expect(await print()).toMatchObject({ kind: 'completed', warnings: ['the printer does not offer copies, sides'] });
  });

  it('is asked for in order', async () => {
    const ranges = [
      { from: 3, to: 4 },
      { from: 1, to: 1 },
    ];
    await prepare({}, 20, { template: { 'page-ranges': ranges } });

    await print();

    expect(asked('page-ranges')).toEqual(make.range('page-ranges', { lower: 1, upper: 1 }, { lower: 3, upper: 4 }));
  });
});

describe('a printer whose one way to print is Print-Job', () => {
  const attributes = [make.enum('operations-supported', 2, 4, 8, 9, 10, 11)];

  it('prints once, with its job-id in the journal as soon as it is known', async () => {
    await prepare({ attributes });

    expect(await print()).toMatchObject({ kind: 'completed' });
    expect(printer.jobs).toMatchObject([{ marked: 'all', sha256: printing.ticket.sha256 }]);
    expect(printing.steps.map(({ step }) => step)).toEqual(['submitting', 'created', 'sent']);
    expect(printing.steps.at(-1)).toMatchObject({ printerJobId: 1 });
  });

  it('is unconfirmed when it drops the connection in the middle', async () => {
    await prepare({ attributes, traps: { diesAfterOctets: 400_000 } }, 24 * 1024 * 1024);

    expect(await print()).toMatchObject({ kind: 'unconfirmed' });
  });

  it('is found again by name when its answer was lost', async () => {
    await prepare({ attributes, traps: { cuts: ['printJob'] } });

    expect(await print()).toMatchObject({ kind: 'unconfirmed', message: expect.stringContaining('never said') });
    expect(printer.jobs).toHaveLength(1);
  });

  it('is asked by name after a crash, and unconfirmed when it does not know the job', async () => {
    await prepare({ attributes });
    const step = { step: 'created' as const, jobName: `${printing.ticket.jobId}.1` };

    expect(await printing.recover(device(), step)).toMatchObject({ kind: 'unconfirmed' });
  });
});

describe('a printer that does not say which job it made', () => {
  const attributes = [make.enum('operations-supported', 2, 4, 8, 9, 10, 11)];

  it('gets no document, and keeps no empty job', async () => {
    await prepare({ traps: { namesNoJob: true } });
    const others = [
      printer.addJob(`${printing.ticket.jobId}.1 Invoice`, 'completed'),
      printer.addJob('of another', 'pending-held'),
    ];

    expect(await print()).toMatchObject({ kind: 'aborted', message: expect.stringContaining('did not say which') });
    expect(others.map(({ state }) => state)).toEqual(['completed', 'pending-held']);
    expect(printer.jobs.at(-1)).toMatchObject({ state: 'canceled', octets: 0 });
  });

  it('is asked by name for the one of Print-Job', async () => {
    await prepare({ attributes, traps: { namesNoJob: true }, printMilliseconds: 50 });

    expect(await print()).toEqual({ kind: 'completed' });
    expect(printer.jobs).toHaveLength(1);
  });

  it('and keeps no names has perhaps printed it', async () => {
    await prepare({ attributes, traps: { namesNoJob: true, losesNames: true } });

    expect(await print()).toMatchObject({ kind: 'unconfirmed', message: expect.stringContaining('did not say which') });
  });
});

describe('a printer that refuses Print-Job', () => {
  const attributes = [make.enum('operations-supported', 2, 4, 8, 9, 10, 11)];
  const refusals: [keyof typeof statusCodes, object][] = [
    ['server-error-busy', { kind: 'retry', reasons: ['server-error-busy'] }],
    ['server-error-service-unavailable', { kind: 'retry' }],
    ['server-error-temporary-error', { kind: 'retry' }],
    ['server-error-not-accepting-jobs', { kind: 'retry' }],
    ['server-error-job-canceled', { kind: 'retry' }],
    ['client-error-not-possible', { kind: 'retry' }],
    ['client-error-timeout', { kind: 'retry' }],
    ['client-error-not-found', { kind: 'retry' }],
    ['client-error-gone', { kind: 'retry' }],
    ['client-error-document-format-not-supported', { kind: 'aborted', reasons: ['document-format-error'] }],
    ['client-error-document-format-error', { kind: 'aborted', reasons: ['document-format-error'] }],
    ['client-error-document-access-error', { kind: 'aborted', reasons: ['document-access-error'] }],
    ['client-error-request-entity-too-large', { kind: 'aborted', reasons: ['aborted-by-system'] }],
    ['client-error-bad-request', { kind: 'aborted', reasons: ['aborted-by-system'] }],
    ['client-error-attributes-or-values-not-supported', { kind: 'aborted', reasons: ['aborted-by-system'] }],
    ['server-error-internal-error', { kind: 'aborted', reasons: ['aborted-by-system'] }],
  ];
  it.each(refusals)('by %s: %o', async (status, expected) => {
    await prepare({ attributes, oddly: name => (name === 'printJob' ? { status: statusCodes[status] } : undefined) });

    expect(await print()).toMatchObject(expected);
    expect(printer.asked).not.toContain('getJobs');
  });

  it.each([
    [false, { kind: 'retry', reasons: ['offline'] }],
    [true, { kind: 'canceled' }],
  ])('by its connection has got nothing (canceled: %s)', async (isCanceled, expected) => {
    const onStep: PrintingOptions['onStep'] = async ({ step }) => {
      if (step !== 'created') return;
      await printer.refuse();
      if (isCanceled) printing.controller.abort();
    };
    await prepare({ attributes }, 20_000, { onStep });

    expect(await print()).toMatchObject(expected);
  });
});

describe('a printer that does not say what became of a job', () => {
  it('is asked for its list', async () => {
    await prepare({ oddly: name => (name === 'getJobAttributes' ? bad : undefined), printMilliseconds: 50 });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('is asked for its list, where the job has another name', async () => {
    const oddly = (name: string) => (name === 'getJobAttributes' ? bad : undefined);
    await prepare({ oddly, traps: { losesNames: true }, printMilliseconds: 50 });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });

  it('is not believed about a job with our number after a reboot', async () => {
    const oddly = (name: string) => (name === 'getJobAttributes' ? bad : undefined);
    await prepare({ oddly, traps: { losesNames: true }, printMilliseconds: 60_000 });
    const outcome = print();
    await expect.poll(() => printer.jobs[0]?.state).toBe('processing');
    printer.reboot();
    printer.addJob('another', 'completed');

    expect(await outcome).toMatchObject({ kind: 'unconfirmed' });
  });

  it('is not believed about a job with our number when it reboots between two questions', async () => {
    const oddly = (name: string) => {
      if (name === 'getJobs' && printer.jobs.length === 1) {
        printer.reboot();
        printer.addJob('another', 'completed');
      }
      return name === 'getJobAttributes' ? bad : undefined;
    };
    await prepare({ oddly, traps: { losesNames: true }, printMilliseconds: 60_000 });

    expect(await print()).toMatchObject({ kind: 'unconfirmed' });
  });

  it('by any question is given up after a while, and not called offline', async () => {
    const refused = ['getJobAttributes', 'getJobs'];
    await prepare({ oddly: name => (refused.includes(name) ? bad : undefined), printMilliseconds: 50 });

    const outcome = await print();

    expect(outcome).toMatchObject({ kind: 'unconfirmed', message: expect.stringContaining('does not say') });
    expect(printing.progress.some(({ reasons }) => reasons.includes('offline'))).toBe(false);
  });

  it('because it keeps neither names nor UUIDs is believed from its second second on', async () => {
    await prepare({ attributes: [make.integer('printer-up-time', 2)], traps: { losesNames: true } });

    expect(await print()).toMatchObject({ kind: 'completed' });
  });
});

describe('a printer that keeps a job', () => {
  it('is left to others after a while, if it would print them', async () => {
    await prepare({ printMilliseconds: 60_000 });
    const passed = Promise.withResolvers<void>();
    const { ticket, path, controller } = printing;

    const outcome = device({ ...hurried, stuckMilliseconds: 50 }).print({
      ...{ ticket, path, signal: controller.signal, letOthersPass: () => passed.resolve() },
      ...{ step: async () => {}, progress: () => {} },
    });
    await passed.promise;
    controller.abort();

    expect(await outcome).toMatchObject({ kind: 'canceled' });
  });

  it('for longer than a job is followed is unconfirmed', async () => {
    await prepare({ printMilliseconds: 60_000 });

    expect(await print({ ...hurried, followMilliseconds: 50 })).toMatchObject({ kind: 'unconfirmed' });
  });
});

describe('a job right behind another', () => {
  const two = async (between: () => void) => {
    await prepare();
    const device = openOutputDevice('d1', printer.uri, hurried);
    await printing.print(device);
    const before = printer.asked.length;
    between();
    const outcome = await printing.print(device);
    return { outcome, asked: printer.asked.slice(before) };
  };

  it('does not ask again whether the printer takes jobs', async () => {
    const { outcome, asked } = await two(() => undefined);

    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(asked[0]).toBe('createJob');
  });

  it('that the printer refuses meanwhile is tried again later, once it says that it takes jobs', async () => {
    const { outcome } = await two(() => {
      printer.traps.notAccepting = true;
    });

    expect(outcome).toMatchObject({ kind: 'retry' });
    expect(printer.jobs).toHaveLength(1);
  });
});

describe('the connections of a job', () => {
  it('are one for all questions and one for each request that must not come twice', async () => {
    const ports = new Set<number | undefined>();
    await prepare({
      oddly: (_, _message, { socket }) => {
        ports.add(socket.remotePort);
        return undefined;
      },
      printMilliseconds: 100,
    });

    await print();

    expect(printer.asked.length).toBeGreaterThan(ports.size);
    expect(ports.size).toBe(3);
  });

  it('that the printer closes meanwhile are opened again', async () => {
    await prepare({ printMilliseconds: 100 });
    const answering = net.createServer(socket => {
      const upstream = net.connect(printer.port, '127.0.0.1');
      // ends each connection after one answer, without saying so before
      upstream.on('data', octets => socket.write(octets, () => setTimeout(() => socket.destroy(), 1)));
      socket.on('data', octets => void upstream.write(octets));
      for (const each of [socket, upstream]) each.on('error', () => undefined);
    });
    answering.listen(0, '127.0.0.1');
    await once(answering, 'listening');
    const { port } = answering.address() as net.AddressInfo;

    const outcome = await printing.print(openOutputDevice('d1', `ipp://127.0.0.1:${port}/ipp/print`, hurried));
    answering.close();

    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(printer.jobs).toHaveLength(1);
  });
});

describe('an embedded server of HTTP', () => {
  it('that ends lines with LF alone is understood', async () => {
    await prepare();
    const server = net.createServer(socket => {
      const upstream = net.connect(printer.port, '127.0.0.1');
      socket.pipe(upstream);
      upstream.on('data', octets => {
        const end = octets.indexOf('\r\n\r\n');
        const isHead = end > 0 && octets.subarray(0, 5).toString() === 'HTTP/';
        if (!isHead) return void socket.write(octets);
        const head = octets
          .subarray(0, end + 4)
          .toString('latin1')
          .replaceAll('\r\n', '\n');
        socket.write(Buffer.concat([Buffer.from(head, 'latin1'), octets.subarray(end + 4)]));
      });
      for (const each of [socket, upstream]) each.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;

    const outcome = await printing.print(openOutputDevice('d1', `ipp://127.0.0.1:${port}/ipp/print`, hurried));
    server.close();

    expect(outcome).toMatchObject({ kind: 'completed' });
  });
});
