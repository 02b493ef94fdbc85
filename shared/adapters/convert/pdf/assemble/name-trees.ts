import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFString,
} from '@cantoo/pdf-lib';

/** Trees of names and of numbers [ISO 32000-1, 7.9.6 and 7.9.7], flat and in order. A tree that repeats itself is read once. */

const entriesAtMost = 100_000;

export const textOf = (object: PDFObject | undefined): string | undefined =>
  object instanceof PDFString || object instanceof PDFHexString ? object.decodeText() : undefined;

export const nameEntries = (tree: PDFDict): [string, PDFObject][] => entries(tree, 'Names', textOf);

export const numberEntries = (tree: PDFDict): [number, PDFObject][] =>
  entries(tree, 'Nums', key => (key instanceof PDFNumber ? key.asNumber() : undefined));

function entries<Key>(
  tree: PDFDict,
  leaves: string,
  keyOf: (key: PDFObject | undefined) => Key | undefined,
): [Key, PDFObject][] {
  const found: [Key, PDFObject][] = [];
  const seen = new Set<PDFDict>();
  const toVisit: PDFObject[] = [tree];
  while (toVisit.length > 0 && found.length < entriesAtMost) {
    const node = tree.context.lookup(toVisit.shift());
    if (!(node instanceof PDFDict) || seen.has(node)) continue;
    seen.add(node);
    const pairs = node.lookup(PDFName.of(leaves));
    for (let at = 0; pairs instanceof PDFArray && at + 1 < pairs.size(); at += 2) {
      const key = keyOf(pairs.lookup(at));
      const value = pairs.get(at + 1);
      if (key !== undefined && value) found.push([key, value]);
    }
    const kids = node.lookup(PDFName.of('Kids'));
    if (kids instanceof PDFArray) toVisit.unshift(...kids.asArray().slice(0, entriesAtMost));
  }
  return found;
}

export function nameTree(context: PDFContext, named: Iterable<[string, PDFObject]>): PDFDict {
  const tree = PDFArray.withContext(context);
  const sorted = [...named].map(([name, value]) => [PDFHexString.fromText(name), value] as const);
  // by their octets
  sorted.sort(([a], [b]) => (a.asString() < b.asString() ? -1 : 1));
  for (const [name, value] of sorted) {
    tree.push(name);
    tree.push(value);
  }
  return context.obj({ Names: tree });
}

/** A name that is not yet in use: with a number behind it where it is. */
export function freeName(name: string, isUsed: (name: string) => boolean, between = ' '): string {
  let free = name;
  for (let number = 2; isUsed(free); number++) free = `${name}${between}${number}`;
  return free;
}
