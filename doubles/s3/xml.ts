import { DomUtils, parseDocument } from 'htmlparser2';

/** Elements of a response, in order. Lists repeat a name. */
export type Content = [name: string, value: Content | string | number | boolean | undefined][];

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const xmlOf = (root: string, content: Content) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content)}`;

function element(name: string, value: Content[number][1]): string {
  if (value === undefined) return '';
  const inner = Array.isArray(value)
    ? value.map(([child, its]) => element(child, its)).join('')
    : String(value).replace(/[&<>"]/g, mark => escapes[mark] as string);
  return `<${name}>${inner}</${name}>`;
}

/** The texts of the children of each element `name`. */
export function elementsOf(xml: string, name: string): Record<string, string>[] {
  const found = DomUtils.getElementsByTagName(name, parseDocument(xml, { xmlMode: true }));
  return found.map(({ children }) =>
    Object.fromEntries(children.map(child => [(child as { name?: string }).name ?? '', DomUtils.textContent(child)])),
  );
}
