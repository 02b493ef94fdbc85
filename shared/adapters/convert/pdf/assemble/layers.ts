import { PDFArray, PDFDict, type PDFDocument, PDFName, PDFRef } from '@cantoo/pdf-lib';
import type { Copier } from './copier.ts';

/*
 * Optional content [ISO 32000-1, 8.11.4]: what its author has switched off stays off. A layer that no entry of the
 * catalogue names would be shown.
 */

const name = (word: string) => PDFName.of(word);
const properties = name('OCProperties');
/** Lists of the default configuration that can simply be joined. */
const joined = ['ON', 'OFF', 'Order', 'AS', 'RBGroups', 'Locked'];

/** Adds the layers of a document to those that are already there. */
export function addLayers({ catalog, context }: PDFDocument, copier: Copier): void {
  const original = copier.source.dict('OCProperties');
  if (!original) return;
  const added = copier.copy(original);
  spellOutOff(added);
  const present = catalog.lookup(properties);
  if (!(present instanceof PDFDict)) {
    catalog.set(properties, context.register(added));
    return;
  }
  join(present, added, 'OCGs');
  const [into, from] = [present, added].map(layers => layers.lookup(name('D')));
  if (!(from instanceof PDFDict)) return;
  if (!(into instanceof PDFDict)) present.set(name('D'), from);
  else for (const list of joined) join(into, from, list);
}

function join(into: PDFDict, from: PDFDict, list: string): void {
  const [present, added] = [into, from].map(dict => dict.lookup(name(list)));
  if (!(added instanceof PDFArray)) return;
  if (present instanceof PDFArray) for (const entry of added.asArray()) present.push(entry);
  else into.set(name(list), added);
}

/** `BaseState /OFF` speaks for all layers of its document and not for those of others: each is named instead. */
function spellOutOff(layers: PDFDict): void {
  const config = layers.lookup(name('D'));
  if (!(config instanceof PDFDict) || config.get(name('BaseState')) !== name('OFF')) return;
  config.delete(name('BaseState'));
  const refs = (list: unknown) => (list instanceof PDFArray ? list.asArray().filter(ref => ref instanceof PDFRef) : []);
  const on = new Set(refs(config.lookup(name('ON'))));
  const off = refs(layers.lookup(name('OCGs'))).filter(ref => !on.has(ref));
  config.set(name('OFF'), layers.context.obj(off));
}
