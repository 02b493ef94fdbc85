import type { outOfBandTags, stringTags } from './tags.ts';

/**
 * An IPP message as it is on the wire, nothing lost: groups, attributes and values keep their order, and what we
 * do not know is kept as octets. Attributes are lists, not objects, so that a name sent by a stranger is never a key.
 */
export interface IppMessage {
  version: { major: number; minor: number };
  /** operation-id of a request, status-code of a response */
  code: number;
  requestId: number;
  groups: IppGroup[];
  /** what follows the attributes: the document of a request */
  data: Buffer;
}

export interface IppGroup {
  tag: number;
  attributes: IppAttribute[];
}

/** One value, or many of them: `1setOf` [RFC 8010 3.1.5]. */
export interface IppAttribute {
  name: string;
  values: IppValue[];
}

export type IppValue =
  | { syntax: 'integer' | 'enum'; value: number }
  | { syntax: 'boolean'; value: boolean }
  | { syntax: 'rangeOfInteger'; lower: number; upper: number }
  /** units 3 is dots per inch, 4 per centimetre [RFC 8011 5.1.16] */
  | { syntax: 'resolution'; x: number; y: number; units: number }
  /** milliseconds since 1970, to a tenth of a second, and the zone that it was told in */
  | { syntax: 'dateTime'; at: number; offsetMinutes: number }
  | { syntax: keyof typeof stringTags; value: string }
  | { syntax: 'textWithLanguage' | 'nameWithLanguage'; language: string; value: string }
  | { syntax: 'octetString'; value: Buffer }
  | { syntax: 'collection'; members: IppAttribute[] }
  | { syntax: keyof typeof outOfBandTags }
  /** a tag that we do not know, or octets that are not what their tag says */
  | { syntax: 'other'; tag: number; octets: Buffer };

/**
 * The octets are no IPP message, or the message cannot be put into octets. `truncated` is set when more octets
 * might have made it one, which is how a reader of a stream knows to wait.
 */
export class IppFormatError extends Error {
  readonly truncated: boolean;

  constructor(message: string, options: { truncated?: boolean } = {}) {
    super(message);
    this.name = 'IppFormatError';
    this.truncated = options.truncated ?? false;
  }
}
