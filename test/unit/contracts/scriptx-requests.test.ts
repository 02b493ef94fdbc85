import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../shared/contracts/contract.ts';
import { templateOf } from '../../../shared/contracts/scriptx/device-settings.ts';
import { baseName, jobName, pdfName } from '../../../shared/contracts/scriptx/file-names.ts';
import { defaultSettings } from '../../../shared/contracts/scriptx/html-settings.ts';
import { parsePageRange } from '../../../shared/contracts/scriptx/page-ranges.ts';
import { pdfSubmission } from '../../../shared/contracts/scriptx/pdf-request.ts';
import { htmlSubmission, licenceOf, rawSubmission } from '../../../shared/contracts/scriptx/requests.ts';
import { deviceSettings } from '../../../shared/contracts/scriptx/responses.ts';
import { bodyMembers } from '../../../shared/contracts/scriptx/values.ts';
import type { PageConversion, PdfConversion } from '../../../shared/core/domain/conversion.ts';
import type { CompanyId } from '../../../shared/core/domain/ids.ts';
import type { Printer } from '../../../shared/core/domain/printer.ts';
import { emptyPrinter } from '../../../shared/core/domain/printer.ts';

const requestOf = (body: unknown) =>
  ({ headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }) as HttpRequest;
const html = (settings: object = {}, device: object = {}, more: object = {}) =>
  htmlSubmission(requestOf({ contentType: 2, content: '<p>', settings, device, ...more }));
const layout = (settings: object, device?: object) => html(settings, device).conversion as PageConversion;
const pdf = (settings: object = {}, device: object = {}) =>
  pdfSubmission(requestOf({ document: 'https://example.com/a.pdf', settings, device }));
const onPrinter = { printerName: 'office:laser' };

describe('the licence of a request', () => {
  const header = (text: string) => ({ headers: { authorization: text } }) as unknown as HttpRequest;
  const encoded = (text: string) => Buffer.from(text).toString('base64');

  it.each([
    [`Basic ${encoded('6BA7B810-9DAD-11D1-80B4-00C04FD430C8:')}`, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
    [`basic ${encoded('{6ba7b810-9dad-11d1-80b4-00c04fd430c8}:')}`, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
    [`Basic ${encoded('key')}`, 'key'],
    ['Basic Og==', undefined],
    ['Basic', undefined],
    ['Bearer key', undefined],
  ])('%s is %s', (authorization, licence) => {
    expect(licenceOf(header(authorization))).toBe(licence);
  });
});

describe('values', () => {
  const page = { contentType: 'Html', content: '<p>', settings: null, device: null };

  it('have case-insensitive names, and null means not given', () => {
    const shouted = Object.fromEntries(Object.entries(page).map(([name, value]) => [name.toUpperCase(), value]));

    expect(htmlSubmission(requestOf(shouted))).toEqual(htmlSubmission(requestOf(page)));
    expect(htmlSubmission(requestOf(shouted))).toMatchObject({ targets: [], output: { fileName: 'document.pdf' } });
  });

  it.each([1, '1', ' 1 ', 'true', 'TRUE', true])('take %j for true', given => {
    expect(layout({ printBackgroundColorsAndImages: given }).backgrounds).toBe(true);
  });
  it.each([0, 2, '2', 'False', false, null, '', 'maybe', {}, [], 17])('take %j for false or the default', given => {
    expect(layout({ printBackgroundColorsAndImages: given }).backgrounds).toBe(false);
  });

  it.each([
    ['the body is not JSON', '{'],
    ['the body is a list', '[]'],
    ['the body is empty', ''],
    ['the body is null', 'null'],
  ])('are not looked for when %s', (_title, body) => {
    expect(() => bodyMembers(Buffer.from(body))).toThrow('JSON');
  });
});

describe('content', () => {
  it.each([
    [1, 'https://example.com/x', { kind: 'url', url: 'https://example.com/x' }],
    ['URL', ' https://example.com ', { kind: 'url', url: 'https://example.com/' }],
    [2, '<html>', { kind: 'html', html: '<html>', baseUrl: 'https://shop.example/page' }],
    ['4', '<body>', { kind: 'innerHtml', html: '<body>', baseUrl: 'https://shop.example/page' }],
  ])('is %s %s', (contentType, content, source) => {
    const settings = { documentUrl: 'https://shop.example/page' };

    const { conversion } = htmlSubmission(requestOf({ contentType, content, settings }));

    expect((conversion as PageConversion).content).toEqual(source);
  });

  it.each([
    [{ content: 'x' }, 'bad-request'],
    [{ contentType: 2 }, 'bad-request'],
    [{ contentType: 2, content: ' ' }, 'bad-value'],
    [{ contentType: 8, content: 'x' }, 'bad-value'],
    [{ contentType: 3, content: 'x' }, 'bad-value'],
    [{ contentType: 1, content: 'no address' }, 'bad-value'],
    [{ contentType: 1, content: 'javascript:alert(1)' }, 'bad-value'],
  ])('%j is refused with %s', (body, code) => {
    expect(() => htmlSubmission(requestOf(body))).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['a=1', [{ name: 'a', value: '1' }]],
    [
      'a=1|b=2=3',
      [
        { name: 'a', value: '1' },
        { name: 'b', value: '2=3' },
      ],
    ],
    [
      'a=1; b=',
      [
        { name: 'a', value: '1' },
        { name: 'b', value: '' },
      ],
    ],
    ['', []],
    ['nonsense', []],
  ])('comes with the cookies in %j', (cookie, cookies) => {
    const { conversion } = html({}, {}, { protectedContentAccess: { cookie } });

    expect((conversion as PageConversion).cookies).toEqual(cookies);
  });
});

describe('the layout of a page', () => {
  it.each([
    [{}, 'portrait'],
    [{ orientation: 0 }, 'portrait'],
    [{ orientation: 1 }, 'landscape'],
    [{ orientation: 'Landscape' }, 'landscape'],
    [{ orientation: '2' }, 'portrait'],
  ])('with page settings %j is %s', (page, orientation) => {
    expect(layout({ page }).orientation).toBe(orientation);
  });

  it.each([
    [{}, 19.05],
    [{ units: 2 }, 19.05],
    [{ units: 2, margins: { left: 10 } }, 10],
    [{ units: 'mm', margins: { left: '12.5' } }, 12.5],
    [{ units: 2, margins: { left: '12,5' } }, 12.5],
    [{ units: 1, margins: { left: '0.5' } }, 12.7],
    [{ units: 0, margins: { left: 1 } }, 25.4],
    [{ margins: { left: '' } }, 19.05],
    [{ margins: { left: null } }, 19.05],
    [{ margins: { left: 0 } }, 0],
    [{ margins: { left: -3 } }, 0],
  ])('with page settings %j has a left margin of %d mm', (page, left) => {
    expect(layout({ page }).margins?.left).toBeCloseTo(left);
  });

  it.each([
    [undefined, 'fit-width'],
    [-1, 'fit-width'],
    [0, 'fit-width'],
    ['-1', 'fit-width'],
    [100, 100],
    ['80', 80],
    [1, 10],
    [1000, 200],
  ])('with a viewScale of %j is scaled %s', (viewScale, scale) => {
    expect(layout({ viewScale }).scale).toBe(scale);
  });

  it.each([
    [undefined, 'all'],
    [0, 'all'],
    [1, 'all'],
    [2, 'odd'],
    [3, 'even'],
    ['Even', 'even'],
  ])('with a printingPass of %j selects %s pages', (printingPass, pass) => {
    expect(layout({ printingPass }).pagePass).toBe(pass);
  });

  it.each([
    ['', []],
    [undefined, []],
    [' , ', []],
    ['3', [{ from: 3, to: 3 }]],
    [
      '1, 3-5 ,8',
      [
        { from: 1, to: 1 },
        { from: 3, to: 5 },
        { from: 8, to: 8 },
      ],
    ],
  ])('selects the pages %j', (text, ranges) => {
    expect(parsePageRange(text)).toEqual(ranges);
  });
  it.each(['0', '5-3', 'a', '1-', '-1', '1;2', '1-2-3', '9999999', '1'.padEnd(3000, ',1')])('has no pages %j', text => {
    expect(() => parsePageRange(text)).toThrow(expect.objectContaining({ code: 'bad-page-range' }));
  });

  it('has headers and footers with their codes, dates and heights', () => {
    const { headersAndFooters } = layout({
      header: '&w&bPage &p of &P',
      footer: null,
      headerFooterFont: 'font-size: 9pt',
      locale: 'de-DE',
      shortDateFormat: 'dd.MM.yyyy',
      timeformat: 'HH:mm',
      timezoneOffset: '-60',
      page: { units: 2 },
      extraHeadersAndFooters: { allPagesHeader: '<b>x</b>', allHeaderHeight: '15' },
    });

    expect(headersAndFooters).toMatchObject({
      header: { kind: 'codes', line: '&w&bPage &p of &P' },
      footer: { kind: 'codes', line: '' },
      font: 'font-size: 9pt',
      locale: 'de-DE',
      shortDateFormat: 'dd.MM.yyyy',
      timeFormat: 'HH:mm',
      timezoneOffset: -60,
      allPagesHeader: { html: '<b>x</b>', height: 15 },
      firstPageHeader: { html: '', height: 0 },
    });
  });

  it.each(['inches', 'mm'] as const)('is the same for the defaults in %s, sent back, as for nothing sent', units => {
    const { headersAndFooters, margins, ...echoed } = layout(defaultSettings(units));
    const { headersAndFooters: _, margins: defaults, ...plain } = layout({});

    expect(echoed).toEqual(plain);
    expect(margins?.left).toBeCloseTo(defaults?.left ?? 0);
    expect(headersAndFooters).toMatchObject({ header: { line: '' }, footer: { line: '' } });
  });
});

describe('where it is printed', () => {
  it.each(['', 'default', 'SystemDefault', 'Platen PDF', 'ScriptX.Services//PrintPreview.1'])(
    'is a file for the printer %j',
    printerName => {
      const submission = html({}, { printerName, copies: 3, duplex: 2 });

      expect(submission).toMatchObject({
        targets: [],
        template: {},
        output: { keepMilliseconds: 900_000, once: true },
      });
    },
  );

  it("is a relay's printer by its name, with everything that was asked of it", () => {
    const device = {
      ...onPrinter,
      copies: '2',
      duplex: 'Vertical',
      collate: true,
      paperSizeName: 'a5',
      paperSourceName: 'tray-2',
    };
    const submission = html({}, device);

    expect(submission).toMatchObject({
      targets: [{ locationId: 'office', deviceId: 'laser' }],
      template: {
        copies: 2,
        sides: 'two-sided-long-edge',
        'multiple-document-handling': 'separate-documents-collated-copies',
        media: 'iso_a5_148x210mm',
        'media-source': 'tray-2',
      },
      conversion: { paper: { width: 148, height: 210 } },
    });
    expect(submission.output).toBeUndefined();
  });

  it.each([
    ['C:\\Users\\me\\out.pdf', 'out.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['out', 'out'],
  ])("is a file when one is named, also with a relay's printer: %s", (printToFileName, fileName) => {
    expect(html({}, { ...onPrinter, printToFileName })).toMatchObject({ targets: [], output: { fileName } });
  });

  it.each(['HP LaserJet', '\\\\server\\printer', 'a:b:c', ':x', 'ScriptX.Services//Other'])(
    'is nowhere for %j',
    printerName => {
      expect(() => html({}, { printerName })).toThrow(expect.objectContaining({ code: 'not-found' }));
    },
  );
});

describe("a printer's settings", () => {
  const members = (device: object) => bodyMembers(Buffer.from(JSON.stringify(device)));
  const collated = 'separate-documents-collated-copies' as const;
  const cases: [device: object, template: object][] = [
    [{}, {}],
    [{ copies: 0 }, { copies: 1 }],
    [{ copies: -5 }, { copies: 1 }],
    [{ copies: 1e9 }, { copies: 9999 }],
    [{ copies: 'many' }, {}],
    [{ duplex: 0 }, {}],
    [{ duplex: 1 }, { sides: 'one-sided' }],
    [{ duplex: 2 }, { sides: 'two-sided-long-edge' }],
    [{ duplex: '3' }, { sides: 'two-sided-short-edge' }],
    [{ collate: 0 }, {}],
    [{ collate: 1 }, { 'multiple-document-handling': 'separate-documents-collated-copies' }],
    [{ collate: false }, { 'multiple-document-handling': 'separate-documents-uncollated-copies' }],
    [{ paperSizeName: 'LETTER' }, { media: 'na_letter_8.5x11in' }],
    [{ paperSizeName: '' }, {}],
    [{ paperSourceName: '' }, {}],
    [{ paperSourceName: ' ' }, {}],
    [{ paperSourceName: ' AUTOMATICALLY SELECT ' }, {}],
    [{ paperSourceName: ' Tray-2 ' }, { 'media-source': 'Tray-2' }],
    [{ paperSizeName: ' a4 ' }, { media: 'iso_a4_210x297mm' }],
    [{ copies: 2.9 }, { copies: 2 }],
    [{ copies: 9999 }, { copies: 9999 }],
    [
      { duplex: 'Simplex', collate: 'true' },
      { sides: 'one-sided', 'multiple-document-handling': collated },
    ],
  ];
  it.each(cases)('%j are %j in IPP', (device, template) => {
    expect(templateOf(members(device))).toEqual(template);
  });

  const printer: Printer = {
    ...emptyPrinter,
    companyId: 'acme' as CompanyId,
    locationId: 'office',
    deviceId: 'laser',
    name: 'Laser on the second floor',
    active: true,
    device: {
      deviceId: 'laser',
      scheme: 'ipp',
      state: 'idle',
      stateReasons: [],
      attributes: {
        'media-supported': ['iso_a4_210x297mm', 'na_letter_8.5x11in', 'custom_label_50x80mm'],
        'media-default': 'na_letter_8.5x11in',
        'media-source-supported': ['main', 'manual'],
        'media-left-margin': 423,
        'media-top-margin': 508,
        'media-bottom-margin': 508,
        'media-right-margin': 423,
      },
    },
  };

  it('are returned as the relay reported them', () => {
    expect(JSON.parse(String(deviceSettings('OFFICE:LASER', 'mm')([printer]).body))).toMatchObject({
      printerName: 'office:laser',
      paperSizeName: 'Letter',
      paperPageSize: { width: 215.9, height: 279.4 },
      forms: ['A4', 'Letter', 'custom_label_50x80mm'],
      bins: ['Automatically select', 'main', 'manual'],
      unprintableMargins: { left: '4.23', top: '5.08', bottom: '5.08', right: '4.23' },
      port: 'ipp',
      location: 'Laser on the second floor',
      isDefault: false,
    });
  });

  it('come back, when the client sends them with a print, as the same settings', () => {
    const defaults = { ...printer, defaultTemplate: { copies: 2, sides: 'two-sided-short-edge' as const } };
    const settings = JSON.parse(String(deviceSettings('office:laser', 'inches')([defaults]).body));

    expect(templateOf(members(settings))).toEqual({
      copies: 2,
      sides: 'two-sided-short-edge',
      media: 'na_letter_8.5x11in',
    });
  });

  it('name the tray, the sides and the collation that are the printer’s default', () => {
    const defaultTemplate = {
      'media-source': 'main',
      sides: 'two-sided-long-edge',
      'multiple-document-handling': collated,
    };
    const settingsOf = (template: object) =>
      JSON.parse(String(deviceSettings('office:laser', 'mm')([{ ...printer, defaultTemplate: template }]).body));

    expect(settingsOf(defaultTemplate)).toMatchObject({ paperSourceName: 'main', duplex: 2, collate: 1, copies: 1 });
    expect(settingsOf({})).toMatchObject({ paperSourceName: '', duplex: 0, collate: 0, copies: 1 });
    expect(settingsOf({ media: 'custom' })).toMatchObject({
      paperSizeName: 'custom',
      paperPageSize: { width: 210, height: 297 },
    });
  });

  it('have an empty object or list wherever a client looks into one', () => {
    const bare = JSON.parse(String(deviceSettings('office:laser', 'mm')([{ ...printer, device: undefined }]).body));

    expect(bare).toMatchObject({
      bins: ['Automatically select'],
      paperPageSize: { width: 210 },
      unprintableMargins: { left: '0' },
    });
    expect(bare.forms).toContain('A4');
  });
});

describe('a PDF', () => {
  it.each([
    [{}, 'shrink', undefined, true],
    [{ pageScaling: -1 }, 'shrink', undefined, true],
    [{ pageScaling: 0 }, 'none', 'none', false],
    [{ pageScaling: 'FitToPaper' }, 'fit', 'fit', true],
    [{ pageScaling: 2 }, 'shrink', 'auto-fit', true],
    [{ pageScaling: 0, autoRotateCenter: 1 }, 'none', 'none', true],
    [{ pageScaling: 1, autoRotateCenter: false }, 'fit', 'fit', false],
  ])('with %j is scaled %s in a file and %s on paper', (settings, scaling, printScaling, rotateAndCentre) => {
    expect(pdf(settings, { paperSizeName: 'A3' }).conversion).toMatchObject({
      scaling,
      rotateAndCentre,
      paper: { width: 297, height: 420 },
    });
    expect(pdf(settings, onPrinter).template['print-scaling']).toBe(printScaling);
  });

  it('leaves its paper to the printer, and keeps its own in a file that names none', () => {
    expect((pdf({}, { ...onPrinter, paperSizeName: 'A4' }).conversion as PdfConversion).paper).toBeUndefined();
    expect((pdf().conversion as PdfConversion).paper).toBeUndefined();
  });

  it.each([
    [{ orientation: 0 }, undefined, undefined],
    [{ orientation: 1 }, 4, 'landscape'],
    [{ orientation: 2 }, 3, 'portrait'],
  ])('with %j asks for orientation %s of a printer and %s of a file', (settings, requested, orientation) => {
    expect(pdf(settings, onPrinter).template['orientation-requested']).toBe(requested);
    expect((pdf(settings).conversion as PdfConversion).orientation).toBe(orientation);
  });

  it.each([
    [{}, undefined],
    [{ printQuality: 0 }, undefined],
    [{ printQuality: 1 }, 5],
    [{ printQuality: 'lossless' }, 5],
  ])('with %j asks for the print quality %s', (settings, quality) => {
    expect(pdf(settings, onPrinter).template['print-quality']).toBe(quality);
  });

  const octets = Buffer.from('%PDF-1.4\n>>?>').toString('base64');
  it.each([
    `data:application/pdf;base64,${octets}`,
    ` DATA:;base64,${octets}`,
    `data:application/pdf;base64,${encodeURIComponent(octets)}`,
  ])('comes along in %s', document => {
    const { conversion, inline } = pdfSubmission(requestOf({ document }));

    expect(conversion).toMatchObject({ kind: 'pdf', document: { kind: 'inline' } });
    expect(String(inline)).toBe('%PDF-1.4\n>>?>');
  });

  it.each([
    [{}, 'bad-request'],
    [{ document: '' }, 'bad-value'],
    [{ document: 'data:application/pdf,%25PDF' }, 'bad-value'],
    [{ document: 'data:application/pdf;base64,' }, 'bad-value'],
    [{ document: 'ftp://example.com/a.pdf' }, 'bad-value'],
    [{ document: 'https://example.com/a.pdf', settings: { pageRange: 'x' } }, 'bad-page-range'],
  ])('%j is refused with %s', (body, code) => {
    expect(() => pdfSubmission(requestOf(body))).toThrow(expect.objectContaining({ code }));
  });

  it('is missed by name when it is empty', () => {
    expect(() => pdfSubmission(requestOf({ document: ' ' }))).toThrow('The document is empty.');
  });
});

describe('raw data', () => {
  const target = { locationId: 'office', deviceId: 'label' };

  it('is taken as text, or from an address', () => {
    const here = rawSubmission(requestOf({ contentType: 8, content: '^XA', printerName: 'office:label' }));
    const there = rawSubmission(
      requestOf({ contentType: 1, content: 'https://x.example', printerName: 'office:label' }),
    );

    expect(here).toMatchObject({ target, content: { bytes: Buffer.from('^XA') } });
    expect(there).toMatchObject({ target, content: { url: 'https://x.example/' } });
  });

  it.each([
    [{ contentType: 2, content: 'x', printerName: 'office:label' }, 'bad-value'],
    [{ contentType: 8, content: '', printerName: 'office:label' }, 'bad-value'],
    [{ contentType: 8, content: 'x' }, 'unsupported'],
    [{ contentType: 8, content: 'x', printerName: 'unknown' }, 'not-found'],
    [{ content: 'x' }, 'bad-request'],
    [{ contentType: 8 }, 'bad-request'],
  ])('%j is refused with %s', (body, code) => {
    expect(() => rawSubmission(requestOf(body))).toThrow(expect.objectContaining({ code }));
  });
});

describe('names', () => {
  it.each([
    ['Invoice 4711', 'Invoice 4711'],
    ['a\u0007b\nc', 'a b c'],
    ['https://me:secret@example.com/x@y', 'https://example.com/x@y'],
    ['', 'document'],
    ['x'.repeat(300), 'x'.repeat(255)],
    ['\ud800', '\ufffd'],
  ])('of jobs: %j is %j', (given, name) => {
    expect(jobName(undefined, given)).toBe(name);
  });

  it.each([
    ['my file.pdf', 'my file.pdf'],
    ['Rechnung für Zoë.pdf', 'Rechnung für Zoë.pdf'],
    ['../../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['..', ''],
    ['/', ''],
    ['.htaccess', 'htaccess'],
    ['a"b:c*?<>|d\r\n.pdf', 'a_b_c_____d__.pdf'],
  ])('of files: %j is %j', (given, name) => {
    expect(baseName(given)).toBe(name);
  });

  it.each([
    ['Invoice', 'Invoice.pdf'],
    ['Invoice.pdf', 'Invoice.pdf'],
    ['https://example.com/list/report.aspx?x=1', 'report.pdf'],
    ['https://example.com/', 'example.com.pdf'],
    ['', 'document.pdf'],
    ['Invoice 12/2026: who? #1', 'Invoice 12_2026_ who_ #1.pdf'],
  ])('of downloads: %j is %j', (given, name) => {
    expect(pdfName(given)).toBe(name);
  });
});
