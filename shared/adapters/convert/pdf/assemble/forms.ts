import {
  PDFArray,
  PDFBool,
  PDFDict,
  type PDFDocument,
  PDFHexString,
  PDFName,
  PDFNull,
  type PDFObject,
  PDFRef,
  PDFString,
} from '@cantoo/pdf-lib';
import type { Copier } from './copier.ts';
import { freeName, textOf } from './name-trees.ts';

/*
 * Forms [ISO 32000-1, 12.7]: the fields of the pages that are taken stay fields, with their values. Fields of the same
 * name in two documents would be one field, so the later ones get another name.
 */

const name = (word: string) => PDFName.of(word);
const [kids, T, DA, DR] = ['Kids', 'T', 'DA', 'DR'].map(name) as [PDFName, PDFName, PDFName, PDFName];
const deepest = 50;

/** Adds the fields of a document to the form that is already there. Its pages must have been copied. */
export function addForm({ catalog, context }: PDFDocument, copier: Copier): void {
  const original = copier.source.dict('AcroForm');
  const fields = original && keptFields(copier, original);
  if (!original || !fields || fields.length === 0) return;
  const present = catalog.lookup(name('AcroForm'));
  const form = present instanceof PDFDict ? present : context.obj({ Fields: [] });
  if (form !== present) catalog.set(name('AcroForm'), context.register(form));

  const list = form.lookup(name('Fields'), PDFArray);
  const used = new Set(list.asArray().map(field => partialName(context.lookup(field))));
  const renamedFonts = addResources(form, original, copier);
  for (const field of fields) {
    const dict = context.lookup(field);
    if (!(dict instanceof PDFDict)) continue;
    takeDefaults(dict, original, copier);
    writeFonts(dict, renamedFonts);
    const own = partialName(dict);
    const free = freeName(own, used.has.bind(used), '_');
    if (free !== own) dict.set(T, PDFHexString.fromText(free));
    used.add(free);
    list.push(field);
  }
  const draws = original.lookup(name('NeedAppearances'));
  if (draws === PDFBool.True) form.set(name('NeedAppearances'), PDFBool.True);
}

const partialName = (field: PDFObject | undefined): string =>
  (field instanceof PDFDict && textOf(field.lookup(T))) || '';

/** Copies of the fields at the top that have something on a page that is taken. */
function keptFields(copier: Copier, form: PDFDict): PDFObject[] {
  const fields = form.lookup(name('Fields'));
  if (!(fields instanceof PDFArray)) return [];
  const seen = new Set<PDFObject>();
  const isKept = (field: PDFObject, depth: number): boolean => {
    if (seen.has(field) || depth > deepest) return false;
    seen.add(field);
    const dict = form.context.lookup(field);
    if (!(dict instanceof PDFDict)) return false;
    const below = dict.lookup(kids);
    if (below instanceof PDFArray && below.size() > 0) return below.asArray().some(kid => isKept(kid, depth + 1));
    // fields without a place, such as invisible signatures, belong to the whole document
    const isPlaced = field instanceof PDFRef && copier.source.pageOf(field) !== undefined;
    return isPlaced ? copier.isTaken(field) : copier.takesAllPages;
  };
  return fields
    .asArray()
    .filter(field => isKept(field, 0))
    .map(field => copier.copy(field))
    .filter(field => prune(copier, field, 0));
}

/** Takes out what has become null with its page. Whether anything is left of the field. */
function prune(copier: Copier, field: PDFObject, depth: number): boolean {
  const dict = copier.target.lookup(field);
  if (field === PDFNull || !(dict instanceof PDFDict)) return false;
  const below = dict.lookup(kids);
  if (!(below instanceof PDFArray) || below.size() === 0 || depth > deepest) return true;
  const left = below.asArray().filter(kid => prune(copier, kid, depth + 1));
  dict.set(kids, copier.target.obj(left));
  return left.length > 0;
}

/** How the form writes by default becomes the field's own way: another form may write otherwise. */
function takeDefaults(field: PDFDict, form: PDFDict, copier: Copier): void {
  for (const entry of [DA, name('Q')]) {
    const value = form.get(entry);
    if (value && !field.has(entry)) field.set(entry, copier.copy(value));
  }
}

/** Adds fonts and the like. Returns the new names of fonts that another form has under the same name. */
function addResources(form: PDFDict, original: PDFDict, copier: Copier): Map<string, string> {
  const renamed = new Map<string, string>();
  const added = original.lookup(DR);
  if (!(added instanceof PDFDict)) return renamed;
  const present = form.lookup(DR);
  const resources = present instanceof PDFDict ? present : copier.target.obj({});
  if (resources !== present) form.set(DR, resources);
  for (const [kind, value] of added.entries()) {
    const list = added.context.lookup(value);
    if (!(list instanceof PDFDict)) continue;
    const known = resources.lookup(kind);
    const into = known instanceof PDFDict ? known : copier.target.obj({});
    resources.set(kind, into);
    for (const [key, resource] of list.entries()) {
      const own = key.decodeText();
      const free = freeName(own, word => into.has(name(word)), '_');
      into.set(name(free), copier.copy(resource));
      if (kind === name('Font') && free !== own) renamed.set(own, free);
    }
  }
  return renamed;
}

/** Names fonts anew where a field and those below it say how they are written. */
function writeFonts(field: PDFDict, renamed: ReadonlyMap<string, string>, depth = 0): void {
  if (renamed.size === 0 || depth > deepest) return;
  const written = textOf(field.lookup(DA));
  if (written !== undefined) {
    const changed = written.replace(/\/([^\s/[\]()<>]+)/g, (whole, font) =>
      renamed.has(font) ? `/${renamed.get(font)}` : whole,
    );
    field.set(DA, PDFString.of(changed));
  }
  const below = field.lookup(kids);
  if (!(below instanceof PDFArray)) return;
  for (const kid of below.asArray()) {
    const dict = field.context.lookup(kid);
    if (dict instanceof PDFDict) writeFonts(dict, renamed, depth + 1);
  }
}
