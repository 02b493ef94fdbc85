import { type Device, takesFormat } from './printer.ts';

/** A page that names its printer, in a language that the printer takes. */

export const testPageLanguages = ['pdf', 'zpl', 'text'] as const;
export type TestPageLanguage = (typeof testPageLanguages)[number];

export interface TestPageFacts {
  /** `location:device` */
  printer: string;
  /** names for people */
  name: string;
  location: string;
  company: string;
  /** milliseconds since 1970 */
  at: number;
}

const zpl = 'application/vnd.zebra-zpl';

/** The language of a printer's test page; undefined when it takes none of them. */
export function testPageLanguage(device: Device | undefined): TestPageLanguage | undefined {
  if (!device) return 'pdf';
  const supported = device.attributes['document-format-supported'];
  // what is sent to a raw port without a language comes out as it is
  if (!supported) return device.scheme === 'socket' || device.scheme === 'lpd' ? 'text' : 'pdf';
  if (takesFormat(device, 'application/pdf')) return 'pdf';
  if (supported.includes(zpl)) return 'zpl';
  return takesFormat(device, 'text/plain') ? 'text' : undefined;
}

const linesOf = ({ printer, name, location, company, at }: TestPageFacts) => [
  ...(name && name !== printer ? [`Name: ${name}`] : []),
  `Printer: ${printer}`,
  `Location: ${location}`,
  `Company: ${company}`,
  `Sent: ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
];

const centimetres = 10;

/** With a ruler to check the scale. */
export function testPageHtml(facts: TestPageFacts): string {
  const marks = Array.from({ length: centimetres + 1 }, (_, at) => `<i style="left:${at}cm"></i>`).join('');
  const paragraphs = linesOf(facts).map(line => `<p dir="auto">${escapedHtml(line)}</p>`);
  return `<!doctype html><title>Test page</title><style>
    body { font: 12pt sans-serif; overflow-wrap: anywhere }
    div { position: relative; width: ${centimetres}cm; height: 1cm; border-top: 1pt solid }
    i { position: absolute; height: 4mm; border-left: 1pt solid }
  </style><h1>Test page</h1>${paragraphs.join('')}<p>This line is ten centimetres long:</p><div>${marks}</div>`;
}

const escapedHtml = (text: string) => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);

const lineDots = 36;

/** In UTF-8 (`^CI28`); octets that could be commands are hexadecimal (`^FH`) [Zebra ZPL II Programming Guide]. */
export function testPageZpl(facts: TestPageFacts): string {
  const fields = ['Test page', ...linesOf(facts)].map(
    (line, index) => `^FO20,${20 + index * lineDots}^A0N,28,28^FH^FD${escapedZpl(line)}^FS`,
  );
  return ['^XA', '^CI28', ...fields, '^XZ', ''].join('\n');
}

const escapedZpl = (text: string) =>
  Array.from(Buffer.from(text), octet => {
    const character = String.fromCharCode(octet);
    return /[\w ():.,-]/.test(character) && character !== '_' ? character : `_${octet.toString(16).padStart(2, '0')}`;
  }).join('');

/** In ASCII, which every printer has, ended by a form feed. */
export function testPageText(facts: TestPageFacts): string {
  const lines = ['Test page', '', ...linesOf(facts)].map(line =>
    line
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[^ -~]/gu, '?'),
  );
  return `${lines.join('\r\n')}\r\n\f`;
}
