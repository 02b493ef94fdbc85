import { RenderError } from '../../web/render-error.ts';
import { textOfPdf } from './pdf-pictures.ts';

export interface TextSearch {
  text: string;
  /** a regular expression of JavaScript */
  isPattern: boolean;
  ignoresCase: boolean;
}

/**
 * The numbers of the pages with a text. Runs of white space count as one blank, since a PDF has none of its own.
 * @throws RenderError `bad-request` for a pattern that is none, and as opening the PDF does
 */
export async function pagesWithText(pdf: Uint8Array, search: TextSearch, password?: string): Promise<number[]> {
  const pattern = patternOf(search);
  const texts = await textOfPdf(pdf, undefined, password);
  return texts.flatMap((text, index) => (pattern.test(plain(text)) ? [index + 1] : []));
}

const plain = (text: string) => text.replace(/\s+/g, ' ');

function patternOf({ text, isPattern, ignoresCase }: TextSearch): RegExp {
  const source = isPattern ? text : plain(text.trim()).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  try {
    return new RegExp(source, ignoresCase ? 'i' : '');
  } catch (cause) {
    throw new RenderError(
      'bad-request',
      `The pattern ${JSON.stringify(text.slice(0, 80))} is not a valid regular expression.`,
      { cause },
    );
  }
}
