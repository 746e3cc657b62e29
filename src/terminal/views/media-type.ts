import { leadingMediaType } from '../../flow/http/token.js';

/** A media type (RFC 9110 section 8.3.1). */
export interface MediaType {
  /** `type/subtype` in lower case; empty if there is none. */
  essence: string;
  /** Parameters, with names in lower case. */
  parameters: ReadonlyMap<string, string>;
}

/** Parses a `Content-Type` value; an invalid one gives an empty type. */
export function parseMediaType(value: string | undefined): MediaType {
  const essence = leadingMediaType(value?.trimStart() ?? '');
  if (!value || !essence) return { essence: '', parameters: new Map() };
  return { essence: essence.toLowerCase(), parameters: parseParameters(value) };
}

/** Parses parameters: `; name=token` or `; name="quoted \" string"`. The first with a name counts. */
export function parseParameters(value: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name, quoted, token] of value.matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g)) {
    const key = name!.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token!);
  }
  return parameters;
}
