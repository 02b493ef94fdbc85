import type { outOfBandTags, stringTags } from './tags.ts';

/**
 * An IPP message without loss: groups, attributes and values keep their order, and unknown values are kept as octets.
 * Attributes are arrays, not objects, so untrusted names are never keys.
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
  /** milliseconds since 1970, with a resolution of a tenth of a second, and the zone of the sender */
  | { syntax: 'dateTime'; at: number; offsetMinutes: number }
  | { syntax: keyof typeof stringTags; value: string }
  | { syntax: 'textWithLanguage' | 'nameWithLanguage'; language: string; value: string }
  | { syntax: 'octetString'; value: Buffer }
  | { syntax: 'collection'; members: IppAttribute[] }
  | { syntax: keyof typeof outOfBandTags }
  /** an unknown tag, or octets that do not match their tag */
  | { syntax: 'other'; tag: number; octets: Buffer };

/**
 * The octets are not an IPP message, or the message cannot be encoded. `truncated` is set if more octets might complete
 * it, so a stream reader can continue.
 */
export class IppFormatError extends Error {
  readonly truncated: boolean;

  constructor(message: string, options: { truncated?: boolean } = {}) {
    super(message);
    this.name = 'IppFormatError';
    this.truncated = options.truncated ?? false;
  }
}
