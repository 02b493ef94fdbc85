/*
 * What has once stopped, slowed or filled the service, as calls of PDF.co's dialect that a customer may send.
 */

export type Call = [path: string, body: object];

/** A PDF of these objects, numbered from 1; the first is its catalog. */
export function pdfOf(objects: string[]): string {
  const starts: number[] = [];
  let text = '%PDF-1.7\n';
  for (const [index, object] of objects.entries()) {
    starts.push(text.length);
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const entries = starts.map(start => `${String(start).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  return `${text}xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF`;
}

export const onePage = pdfOf([
  '<</Type/Catalog/Pages 2 0 R>>',
  '<</Type/Pages/Kids[3 0 R]/Count 1>>',
  '<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>',
]);

const doublingTree = pdfOf([
  '<</Type/Catalog/Pages 2 0 R>>',
  ...Array.from({ length: 30 }, (_, level) => {
    const next = level + 3;
    return `<</Type/Pages/Kids[${next} 0 R ${next} 0 R]/Count 2/Parent ${level + 1} 0 R>>`;
  }),
  '<</Type/Page/Parent 31 0 R/MediaBox[0 0 9 9]>>',
]);
const formInItself = pdfOf([
  '<</Type/Catalog/Pages 2 0 R>>',
  '<</Type/Pages/Kids[3 0 R]/Count 1>>',
  '<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 900]/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R>>',
  '<</Length 5>>stream\n/F Do\nendstream',
  '<</Type/XObject/Subtype/Form/BBox[0 0 900 900]/Resources<</XObject<</F 5 0 R>>>>/Length 29>>stream\n/F Do /F Do /F Do /F Do /F Do\nendstream',
]);
const script = (code: string) => ({ html: `<script>${code}</script>x` });

const inputs: Call[] = [
  ['/v1/pdf/convert/from/html', { html: 'x', header: '<a class=date'.repeat(2000) }],
  ['/v1/pdf/convert/from/html', script(`Object.defineProperty(document,'title',{get:()=>'\\u0001'.repeat(120e6)})`)],
  ['/v1/pdf/convert/from/html', script(`console.log('\\u0001'.repeat(120e6))`)],
  ['/v1/pdf/convert/from/html', script(`Object.defineProperty(document,'title',{get:()=>{for(;;);}})`)],
  ['/v1/pdf/convert/from/html', script('for(;;);')],
  ['/v1/pdf/convert/from/html', script('const a=[];for(;;)a.push(new Uint8Array(2**20).fill(1))')],
  ['/v1/pdf/convert/from/html', { html: '{{#__proto__}}{{list.push}}{{/__proto__}}', templateData: '{"list":[]}' }],
  ['/v1/pdf/convert/from/html', { html: 'x', templateData: '"'.repeat(100_000) }],
  ['/v1/pdf/info', { url: `http://h.invalid/${'/'.repeat(100_000)}x` }],
  ['/v1/file/hash', { url: 'http://%zz:x@h.invalid/' }],
];

/** All of them; `keep` stores a PDF for the hostile company and returns its address. */
export async function hostileCalls(keep: (pdf: string) => Promise<string>): Promise<Call[]> {
  return [
    ...inputs,
    ['/v1/pdf/info', { url: await keep(doublingTree) }],
    ['/v1/pdf/convert/to/png', { url: await keep(formInItself) }],
  ];
}
