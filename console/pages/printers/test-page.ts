import { go } from '../../app/router.ts';
import { fullTimeText } from '../../format.ts';
import { act } from '../../parts/action.tsx';

/** A page that shows where it comes from, with a ruler of ten centimetres to check its scale. */
export async function printTestPage(printer: string): Promise<void> {
  const jobs = await act(`The test page is on its way to ${printer}.`, client =>
    client.print({ html: testPage(printer) }, [printer], { name: 'Test page' }),
  );
  if (jobs?.[0]) go(`/jobs/${jobs[0].id}`);
}

function testPage(printer: string): string {
  const marks = Array.from({ length: 11 }, (_, centimetre) => `<i style="left:${centimetre}cm"></i>`).join('');
  return `<!doctype html><title>Test page</title><style>
    body { font: 12pt sans-serif } div { position: relative; width: 10cm; height: 1cm; border-top: 1pt solid }
    i { position: absolute; height: 4mm; border-left: 1pt solid }
  </style><h1>Test page</h1><p>Printer: ${escaped(printer)}</p><p>Sent: ${escaped(fullTimeText(Date.now()))}</p>
  <p>This line is ten centimetres long:</p><div>${marks}</div>`;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
