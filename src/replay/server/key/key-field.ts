/** The parts of a request that can count, in the order in which differences are named. */
export const KEY_PARTS = [
  'method',
  'scheme',
  'host',
  'port',
  'path',
  'upgrade',
  'query',
  'header',
  'form',
  'part',
  'json',
  'body',
] as const;

export type KeyPart = (typeof KEY_PARTS)[number];

/** A part of a request that counts, such as one query parameter. */
export interface KeyField {
  readonly part: KeyPart;
  /** The name of the parameter, header or form field; empty for a part without names. */
  readonly name: string;
  /** A text that is equal for equal values: of JSON its canonical form, of binary content a hash. */
  readonly value: string;
}

/** Sorts fields with names, of which the order does not count. */
export function unordered(fields: KeyField[]): KeyField[] {
  return fields.length < 2 ? fields : fields.sort(byNameAndValue);
}

function byNameAndValue(one: KeyField, other: KeyField): number {
  return compare(one.name, other.name) || compare(one.value, other.value);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
