/** The parts of a request that are compared, in the order in which differences are listed. */
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

/** A field of the key: a single compared value of a request, such as a query parameter. */
export interface KeyField {
  readonly part: KeyPart;
  /** The name of the parameter, header or form field; empty for a part without a name. */
  readonly name: string;
  /** A text that is the same for equal values: canonical JSON, or a hash of binary content. */
  readonly value: string;
}

/** Sorts named fields whose order is not significant. */
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
