import type { IppAttribute, IppValue } from './message.ts';

/** Makes attributes: `make.keyword('sides', 'one-sided')`. */
export const make = {
  integer: (name: string, ...values: number[]) => attribute(name, values, value => ({ syntax: 'integer', value })),
  enum: (name: string, ...values: number[]) => attribute(name, values, value => ({ syntax: 'enum', value })),
  boolean: (name: string, value: boolean) => attribute(name, [value], value => ({ syntax: 'boolean', value })),
  keyword: (name: string, ...values: string[]) => attribute(name, values, value => ({ syntax: 'keyword', value })),
  uri: (name: string, value: string) => attribute(name, [value], value => ({ syntax: 'uri', value })),
  charset: (name: string, value: string) => attribute(name, [value], value => ({ syntax: 'charset', value })),
  language: (name: string, value: string) => attribute(name, [value], value => ({ syntax: 'naturalLanguage', value })),
  mediaType: (name: string, ...values: string[]) =>
    attribute(name, values, value => ({ syntax: 'mimeMediaType', value })),
  name: (name: string, text: string) =>
    attribute(name, [truncate(text, maxNameOctets)], value => ({ syntax: 'nameWithoutLanguage', value })),
  text: (name: string, text: string) => attribute(name, [text], value => ({ syntax: 'textWithoutLanguage', value })),
  range: (name: string, ...values: { lower: number; upper: number }[]) =>
    attribute(name, values, value => ({ syntax: 'rangeOfInteger', ...value })),
  collection: (name: string, members: IppAttribute[]) =>
    attribute(name, [members], members => ({ syntax: 'collection', members })),
  noValue: (name: string) => attribute(name, [undefined], () => ({ syntax: 'no-value' })),
};

/** name(MAX) [RFC 8011 5.1.3] */
const maxNameOctets = 255;

function attribute<Value>(name: string, values: Value[], toValue: (value: Value) => IppValue): IppAttribute {
  return { name, values: values.map(toValue) };
}

/** The longest prefix of a text that fits into `octets` in UTF-8 without splitting a character. */
export function truncate(text: string, octets: number): string {
  let room = octets;
  let kept = '';
  for (const character of text.toWellFormed()) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    kept += character;
  }
  return kept;
}

export function valuesOf(attributes: IppAttribute[], name: string): IppValue[] {
  return attributes.find(attribute => attribute.name === name)?.values ?? [];
}

/** All strings of an attribute, of any string syntax. */
export function textsOf(attributes: IppAttribute[], name: string): string[] {
  return valuesOf(attributes, name).flatMap(value =>
    'value' in value && typeof value.value === 'string' ? [value.value] : [],
  );
}

export function textOf(attributes: IppAttribute[], name: string): string | undefined {
  return textsOf(attributes, name)[0];
}

export function integersOf(attributes: IppAttribute[], name: string): number[] {
  return valuesOf(attributes, name).flatMap(value =>
    value.syntax === 'integer' || value.syntax === 'enum' ? [value.value] : [],
  );
}

export function integerOf(attributes: IppAttribute[], name: string): number | undefined {
  return integersOf(attributes, name)[0];
}

export function booleanOf(attributes: IppAttribute[], name: string): boolean | undefined {
  const [value] = valuesOf(attributes, name);
  return value?.syntax === 'boolean' ? value.value : undefined;
}

/** Keywords without `none`, which represents an empty set [RFC 8011 5.3.8, 5.4.12]. */
export function reasonsOf(attributes: IppAttribute[], name: string): string[] {
  return textsOf(attributes, name).filter(reason => reason !== 'none');
}
