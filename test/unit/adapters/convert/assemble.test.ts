import {
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFString,
  StandardFonts,
} from '@cantoo/pdf-lib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Copier } from '../../../../shared/adapters/convert/pdf/assemble/copier.ts';
import { nameEntries, numberEntries, textOf } from '../../../../shared/adapters/convert/pdf/assemble/name-trees.ts';
import { copyBookmarks } from '../../../../shared/adapters/convert/pdf/assemble/outline.ts';
import { Source } from '../../../../shared/adapters/convert/pdf/assemble/source.ts';
import { pdfOperations } from '../../../../shared/adapters/convert/pdf/pdf.ts';

const { mergePdfs, selectPdfPages, splitPdf, textOfPdf } = pdfOperations;
const name = (word: string) => PDFName.of(word);

/** Three pages with a link from the first to each of the others, bookmarks, labels, a layer, a field and a file. */
async function report(word: string): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const { context, catalog } = document;
  const font = await document.embedFont(StandardFonts.Helvetica);
  const pages = [1, 2, 3].map(number => {
    const page = document.addPage([300, 400]);
    page.drawText(`${word} ${number}`, { x: 20, y: 300, font });
    return page;
  });
  const place = (page: number) => [pages[page - 1]!.ref, 'XYZ', 0, 400, null];
  const link = (rest: object) =>
    context.register(context.obj({ Type: 'Annot', Subtype: 'Link', Rect: [0, 0, 9, 9], ...rest }));
  pages[0]!.node.set(
    name('Annots'),
    context.obj([
      link({ Dest: PDFString.of('third') }),
      link({ A: { S: 'GoTo', D: place(2) } }),
      link({ A: { S: 'URI', URI: PDFString.of('https://a.test/') } }),
    ]),
  );
  catalog.set(name('Names'), context.obj({ Dests: { Names: [PDFString.of('third'), context.obj({ D: place(3) })] } }));
  await document.attach(Buffer.from(`file of ${word}`), 'invoice.xml');

  const root = context.nextRef();
  const items = [1, 2, 3].map(() => context.nextRef());
  items.forEach((ref, index) => {
    const around = {
      Parent: root,
      ...(items[index + 1] && { Next: items[index + 1] }),
      ...(items[index - 1] && { Prev: items[index - 1] }),
    };
    context.assign(
      ref,
      context.obj({ Title: PDFHexString.fromText(`${word} ${index + 1}`), Dest: place(index + 1), ...around }),
    );
  });
  context.assign(root, context.obj({ First: items[0]!, Last: items[2]!, Count: 3 }));
  catalog.set(name('Outlines'), root);
  catalog.set(name('PageLabels'), context.obj({ Nums: [0, { S: 'r' }, 2, { S: 'D', P: PDFString.of('A-'), St: 5 }] }));

  const layer = context.register(context.obj({ Type: 'OCG', Name: PDFString.of(`draft of ${word}`) }));
  catalog.set(name('OCProperties'), context.obj({ OCGs: [layer], D: { OFF: [layer], Order: [layer] } }));

  const field = document.getForm().createTextField('name');
  field.setText(word);
  field.addToPage(pages[1]!, { x: 20, y: 100, width: 100, height: 20 });
  document.setTitle(`Title of ${word}`);
  return document.save();
}

async function read(pdf: Uint8Array) {
  const document = await PDFDocument.load(pdf, { updateMetadata: false });
  const { context, catalog } = document;
  const pageOf = (place: PDFObject | undefined) =>
    place instanceof PDFArray ? document.getPages().findIndex(({ ref }) => ref === place.get(0)) + 1 : undefined;
  const source = new Source(document);
  const dictsOf = (list: PDFObject | undefined) =>
    list instanceof PDFArray ? list.asArray().map(entry => context.lookup(entry, PDFDict)) : [];
  const links = document.getPages().map(page =>
    dictsOf(page.node.lookup(name('Annots')))
      .filter(link => link.get(name('Subtype')) === name('Link'))
      .map(link => pageOf(link.lookup(name('Dest'))) ?? 'elsewhere'),
  );
  const bookmarks = copyBookmarks(new Copier(source, context, document.getPages().keys())).map(({ entries }) => [
    textOf(entries.lookup(name('Title'))),
    pageOf(source.document.context.lookup(entries.get(name('Dest')))),
  ]);
  const labels = source.dict('PageLabels');
  const layers = source.dict('OCProperties');
  const off = dictsOf(layers?.lookup(name('D'), PDFDict).lookup(name('OFF')));
  const files = source.dict('Names', 'EmbeddedFiles');
  return {
    document,
    links,
    bookmarks: bookmarks.map(([title]) => title),
    destinations: [...source.destinations].map(([key, place]) => [key, pageOf(place)]),
    labels:
      labels && numberEntries(labels).map(([index, run]) => [index, String(context.lookup(run)).replace(/\s+/g, ' ')]),
    off: off.map(layer => textOf(layer.lookup(name('Name')))),
    fields: document
      .getForm()
      .getFields()
      .map(field => [field.getName(), document.getForm().getTextField(field.getName()).getText()]),
    files: files ? nameEntries(files).map(([key]) => key) : [],
    title: document.getTitle(),
    catalog,
  };
}

describe('a merged document', () => {
  test('keeps links, destinations, bookmarks, labels, layers, fields and files of all', async () => {
    const merged = await read(await mergePdfs([await report('one'), await report('two')]));

    expect(merged.links).toEqual([[3, 2, 'elsewhere'], [], [], [6, 5, 'elsewhere'], [], []]);
    expect(merged.bookmarks).toEqual(['one 1', 'one 2', 'one 3', 'two 1', 'two 2', 'two 3']);
    expect(merged.destinations).toEqual([['third', 3]]);
    expect(merged.off).toEqual(['draft of one', 'draft of two']);
    expect(merged.fields).toEqual([
      ['name', 'one'],
      ['name_2', 'two'],
    ]);
    expect(merged.files).toEqual(['invoice.xml', 'invoice.xml 2']);
    expect(merged.title).toBe('Title of one');
    expect(merged.labels?.map(([index]) => index)).toEqual([0, 2, 3, 5]);
  });

  test('numbers the pages of documents without labels as they lie', async () => {
    const plain = await PDFDocument.create();
    plain.addPage();
    plain.addPage();
    const { labels } = await read(await mergePdfs([await report('one'), await plain.save()]));

    expect(labels?.at(-1)).toEqual([3, expect.stringMatching(/\/St 4 .*\/S \/D|\/S \/D.*\/St 4/)]);
  });

  test('keeps the layers on that were on, where another document has all of its own off', async () => {
    const allOff = await PDFDocument.load(await report('two'));
    const layers = allOff.catalog.lookup(name('OCProperties'), PDFDict);
    layers.set(name('D'), allOff.context.obj({ BaseState: 'OFF' }));
    const { off } = await read(await mergePdfs([await report('one'), await allOff.save()]));

    expect(off).toEqual(['draft of one', 'draft of two']);
  });
});

describe('some of the pages', () => {
  test('lead to each other, and nothing leads to those that are not there', async () => {
    const some = await read(await selectPdfPages(await report('one'), [1, 3]));

    expect(some.links).toEqual([[2, 'elsewhere'], []]);
    expect(some.bookmarks).toEqual(['one 1', 'one 3']);
    expect(some.destinations).toEqual([['third', 2]]);
    expect(some.off).toEqual(['draft of one']);
    expect(some.fields).toEqual([]);
    expect(some.files).toEqual(['invoice.xml']);
    expect(some.title).toBe('Title of one');
  });

  test('hold nothing of the others', async () => {
    const [first] = await splitPdf(await report('SECRET'), [[1], [2, 3]]);
    const document = await PDFDocument.load(first!);

    expect(
      document.context
        .enumerateIndirectObjects()
        .filter(([, object]) => object instanceof PDFDict && object.get(name('Type')) === name('Page')),
    ).toHaveLength(1);
    expect((await textOfPdf(first!)).join('')).not.toContain('2');
  });

  test('keep their fields, and may be wanted twice', async () => {
    const pdf = await selectPdfPages(await report('one'), [2, 2, 1]);

    expect((await read(pdf)).fields).toEqual([['name', 'one']]);
    expect((await textOfPdf(pdf)).map(text => text.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'one 2',
      'one 2',
      'one 1',
    ]);
  });
});

test('what refers to itself or to nothing ends, with or without a result', async () => {
  const original = Buffer.from(await (await PDFDocument.load(await report('one'))).save({ useObjectStreams: false }));
  const references = [...original.toString('latin1').matchAll(/\b\d+ 0 R/g)];
  await fc.assert(
    fc.asyncProperty(fc.nat(references.length - 1), fc.nat(references.length - 1), async (at, other) => {
      const [from, to] = [references[at]!, references[other]!];
      const changed = Buffer.from(original);
      changed.write(to[0].padEnd(from[0].length).slice(0, from[0].length), from.index, 'latin1');
      await mergePdfs([changed, original]).catch(error => expect(error).toBeInstanceOf(Error));
    }),
    { numRuns: 60 },
  );
});

test('numbers of a tree that repeats itself are read once', async () => {
  const { context } = await PDFDocument.create();
  const tree = context.obj({ Nums: [PDFNumber.of(0), 'a'] });
  const ref = context.register(tree);
  tree.set(name('Kids'), context.obj([ref, ref]));

  expect(numberEntries(tree)).toHaveLength(1);
});
