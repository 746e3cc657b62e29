import { parseContentEncoding } from '../../../flow/body/content-coding.js';

/**
 * Whether a client accepts the content coding of a recorded response (RFC 9110 section 12.5.3). A client with the
 * recorded `Accept-Encoding` gets the recorded coding, even one that the field does not allow.
 * @param coding the value of `Content-Encoding`
 * @param accepted `Accept-Encoding` of the client
 * @param recorded `Accept-Encoding` of the recorded client
 */
export function acceptsCoding(
  coding: string | undefined,
  accepted: string | undefined,
  recorded: string | undefined,
): boolean {
  const codings = parseContentEncoding(coding);
  if (codings.length === 0 || accepted === recorded) return true;
  if (accepted === undefined) return false;
  const weights = new Map<string, boolean>();
  for (const element of accepted.split(',')) {
    const [name = '', ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q\s*=\s*0(?:\.0*)?$/.test(parameter));
    weights.set(withoutX(name), !isRefused);
  }
  return codings.every((name) => weights.get(withoutX(name)) ?? weights.get('*') ?? false);
}

/** `x-gzip` is equivalent to `gzip` (RFC 9110 section 8.4.1.3). */
function withoutX(name: string): string {
  return name.startsWith('x-') ? name.slice(2) : name;
}
