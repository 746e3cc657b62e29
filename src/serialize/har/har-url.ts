import type { HttpRequest } from '../../flow/http/http-request.js';

/** The URL of a request in a HAR: absolute and in ASCII, also for CONNECT. */
export function harUrl(request: HttpRequest): string {
  const url = request.method === 'CONNECT' ? `https://${request.url}/` : request.prettyUrl;
  return url.replace(/[^\x21-\x7e]/g, escapeByte);
}

/** The parameters of a query, decoded (a + is a space). */
export function queryParameters(query: string): { name: string; value: string }[] {
  return [...new URLSearchParams(query)].map(([name, value]) => ({ name, value }));
}

/** Escapes a character that represents a byte. Characters beyond one byte were set by an addon. */
function escapeByte(character: string): string {
  const code = character.charCodeAt(0);
  if (code <= 0xff) return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  return Buffer.from(character).reduce((text, byte) => `${text}%${byte.toString(16).toUpperCase()}`, '');
}
