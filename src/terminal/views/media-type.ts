import { leadingMediaType } from '../../flow/http/token.js';
import { parameterOf } from '../../flow/text/parameters.js';

/** A media type (RFC 9110 section 8.3.1). */
export interface MediaType {
  /** `type/subtype` in lower case; empty for an invalid type. */
  readonly essence: string;
  /** The value of a parameter. @param name in lower case */
  parameter(name: string): string | undefined;
}

/** Parses a `Content-Type` value; an invalid one gives an empty type. */
export function parseMediaType(value: string | undefined): MediaType {
  const essence = leadingMediaType(value?.trimStart() ?? '');
  if (!value || !essence) return { essence: '', parameter: () => undefined };
  return { essence: essence.toLowerCase(), parameter: (name) => parameterOf(value, name) };
}
