import { Parser } from 'htmlparser2';

/**
 * Writes text into elements that have none: `contentOf` is called with the classes of each, in lower case, and returns
 * HTML or undefined. All other markup stays as it is, octet for octet. Takes time linear in the length of the markup.
 */
export function fillEmptyElements(html: string, contentOf: (classes: string[]) => string | undefined): string {
  const pieces: string[] = [];
  let copiedTo = 0;
  let open: { end: number; classes: string[] } | undefined;
  const parser = new Parser({
    onopentag(_name, attributes) {
      const classes = (attributes.class ?? '').toLowerCase().split(/\s+/);
      open = { end: parser.endIndex + 1, classes };
    },
    ontext(text) {
      if (text.trim() !== '') open = undefined;
    },
    oncomment() {
      open = undefined;
    },
    onclosetag(_name, isImplied) {
      const content = open && !isImplied ? contentOf(open.classes) : undefined;
      if (open && content !== undefined) {
        pieces.push(html.slice(copiedTo, open.end), content);
        copiedTo = parser.startIndex;
      }
      open = undefined;
    },
  });
  parser.end(html);
  return pieces.join('') + html.slice(copiedTo);
}
