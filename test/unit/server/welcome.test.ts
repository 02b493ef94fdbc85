import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { ServerOptions } from '../../../server/options.ts';
import { welcome } from '../../../server/welcome.ts';

const facts = {
  ...{ endpoint: 'http://127.0.0.1:8080', company: 'main', key: 'the-key', location: 'office' },
  printers: ['office:folder', 'office:laser'],
};
const consoleAddress = 'http://127.0.0.1:8080/console/#code=once';
const shown = (isFirstStart: boolean, warnings: string[] = [], data = resolve('data')) =>
  welcome({ facts, isFirstStart, warnings, consoleAddress }, { data } as ServerOptions);

it('the first start shows the key, and a line that prints a page with it', () => {
  const text = shown(true);

  expect(text).toContain('key       the-key (not shown again)');
  expect(text).toContain('printers  office:folder, office:laser\n');
  expect(text).toContain(
    `curl -H "Authorization: Bearer the-key" -T examples/sample.pdf 'http://127.0.0.1:8080/api/putfile?targets=office:folder&title=sample.pdf'`,
  );
  expect(text).toContain(consoleAddress);
});

it('a later start shows where the key is, and lines that read it there', () => {
  const text = shown(false);

  expect(text).not.toContain('the-key');
  expect(text).toContain('key       in data/platen.json');
  expect(text).toContain(String.raw`Bearer $(sed -n 's/.*"key": "\(.*\)".*/\1/p' data/platen.json)"`);
  expect(text).toContain('the page is then in data/printed.');
});

it('warnings are paragraphs of their own', () => {
  expect(shown(false)).toContain('platen.json)\n\nOpen the console');
  expect(shown(false, ['One.', 'Two.'])).toContain('platen.json)\n\nOne.\n\nTwo.\n\nOpen the console');
});
