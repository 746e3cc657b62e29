import type { HttpMessage } from '../flow/http/http-message.js';

/** Bytes in units of 1024: `123b`, `12.3k`, `100k`, `1.5m`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}b`;
  let size = bytes;
  let unit = -1;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return (size < 99.95 ? size.toFixed(1) : size.toFixed(0)) + UNITS[unit]!;
}

const UNITS = ['k', 'm', 'g', 't'];

/** Shown in place of content that was not kept. */
export const MISSING = '(content missing)';

/** The size of a body, unless it is unknown. */
export function bodySize(message: BodyFacts): string {
  return isUnknown(message) ? MISSING : formatSize(message.body.size);
}

/** Whether a body arrived of which neither content nor size is known, as of streamed messages in captures of mitmproxy. */
export function isUnknown({ body, timestampEnd }: BodyFacts): boolean {
  return body.size === 0 && !body.complete && timestampEnd !== undefined;
}

type BodyFacts = Pick<HttpMessage, 'body' | 'timestampEnd'>;
