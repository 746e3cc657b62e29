import type { HttpRequest } from '../flow/http/http-request.js';
import { createHmac, randomBytes } from '../flow/runtime.js';
import { SecretDigest } from './hmac.js';

/** A placeholder, also within the form that a readable JWT keeps. */
const PLACEHOLDER = /\[redacted:[0-9a-f]{6}\]/;
const WHOLE = /^(?:eyJ[\w-]+\.[\w-]+\.)?\[redacted:[0-9a-f]{6}\]$/;
const ALL = /\[redacted:[0-9a-f]{6}\]/g;

/** Placeholders that are remembered: cookies and tokens come with every request. */
const MOST_KNOWN = 8192;
/** Secrets of which it is remembered that they came; a power of two. */
const MOST_SEEN = 4096;
/** Characters of secrets that are remembered. */
const LONGEST_KNOWN = 4096;

/**
 * Makes the placeholders of secrets: `[redacted:9f2c1a]`, the beginning of an HMAC-SHA-256. With the same key, the same secret
 * has the same placeholder, and guesses cannot be tested without the key.
 */
export class Placeholders {
  private readonly known = new Map<string, string>();
  /** Hashes of secrets that came lately. */
  private readonly seen = new Int32Array(MOST_SEEN);
  private readonly digest: SecretDigest;
  private mark: string | undefined;

  /** @param key at least 16 bytes; by default a random one */
  constructor(private readonly key: Uint8Array = randomBytes(32)) {
    this.digest = new SecretDigest(key);
  }

  /** Identifies the key without revealing it. */
  get fingerprint(): string {
    this.mark ??= createHmac('sha256', this.key).update('tsdump key fingerprint').digest('hex').slice(0, 16);
    return this.mark;
  }

  /** @param secret decoded: without escapes, quotes or percent-encoding; each character is one byte */
  of(secret: string): string {
    const known = this.known.get(secret);
    if (known !== undefined) return known;
    const made = `[redacted:${this.digest.of(secret)}]`;
    if (secret.length > LONGEST_KNOWN || this.isNew(secret)) return made;
    // Dropping all at once is cheaper than finding the oldest each time, as most secrets come only once.
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    // A part of a text keeps all of that in memory; a copy does not.
    this.known.set(Buffer.from(secret, 'latin1').toString('latin1'), made);
    return made;
  }

  /** Whether a secret has not come lately. Most come once, and need not be remembered; a mistake costs only time. */
  private isNew(secret: string): boolean {
    let hash = secret.length;
    for (let at = 0; at < secret.length; at++) hash = (Math.imul(hash, 31) + secret.charCodeAt(at)) | 0;
    const slot = (hash ^ (hash >>> 12)) & (MOST_SEEN - 1);
    const isNew = this.seen[slot] !== hash;
    this.seen[slot] = hash;
    return isNew;
  }
}

/** Whether a value is nothing but a placeholder. */
export function isPlaceholder(value: string): boolean {
  return WHOLE.test(value);
}

export function holdsPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/**
 * Whether the credentials of a request are placeholders, so that a server would reject it: in a header field, the query or the
 * authority.
 */
export function hasRedactedCredentials({ headers, path, authority }: HttpRequest): boolean {
  return holdsPlaceholder(path) || holdsPlaceholder(authority) || holdsPlaceholder(headers.bytes.toString('latin1'));
}

/**
 * Whether a text can be that of which the other is the redacted form: what stands between the placeholders has to be equal, in
 * place of a placeholder may stand anything.
 */
export function matchesPlaceholders(redacted: string, text: string): boolean {
  if (redacted === text) return true;
  const parts = redacted.split(ALL).map((part, at, all) => (at < all.length - 1 ? withoutJwt(part) : part));
  if (parts.length === 1) return false;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** What stands before a placeholder, without the parts of a JWT that stay readable. */
function withoutJwt(text: string): string {
  const [header, payload, rest] = text.split('.').slice(-3);
  if (rest !== '' || payload === undefined || !/^[\w-]+$/.test(payload)) return text;
  const start = header!.lastIndexOf('eyJ');
  return start < 0 ? text : text.slice(0, text.length - (header!.length - start) - payload.length - 2);
}
