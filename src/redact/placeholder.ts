import type { HttpRequest } from '../flow/http/http-request.js';
import { createHmac, randomBytes } from '../flow/runtime.js';
import { SecretDigest } from './hmac.js';

/** A placeholder, anywhere in a text and as a whole value. A readable JWT has its header and payload before the placeholder. */
const PLACEHOLDER = /\[redacted:[0-9a-f]{6}\]/;
const WHOLE = /^(?:eyJ[\w-]+\.[\w-]+\.)?\[redacted:[0-9a-f]{6}\]$/;
const ALL = /\[redacted:[0-9a-f]{6}\]/g;

/** Maximum number of cached placeholders: the same cookies and tokens are in all requests. */
const MAX_KNOWN = 8192;
/** Number of slots in the hash table of recent secrets; a power of two. */
const MAX_SEEN = 4096;
/** Maximum length of a secret that is cached. */
const LONGEST_KNOWN = 4096;

/**
 * Generates the placeholders of secrets: `[redacted:9f2c1a]`, a truncated HMAC-SHA-256. Under the same key, equal secrets have
 * equal placeholders. Without the key, a guessed secret cannot be verified.
 */
export class Placeholders {
  private readonly known = new Map<string, string>();
  /** Hashes of recent secrets. */
  private readonly seen = new Int32Array(MAX_SEEN);
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
    // Clearing the cache is cheaper than evicting the oldest entry each time, because most secrets occur only once.
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    // A substring keeps its whole parent string in memory; a copy does not.
    this.known.set(Buffer.from(secret, 'latin1').toString('latin1'), made);
    return made;
  }

  /**
   * Whether a secret is not among the recent ones. Most secrets occur once and need no cache entry. A wrong result costs only
   * time.
   */
  private isNew(secret: string): boolean {
    let hash = secret.length;
    for (let at = 0; at < secret.length; at++) hash = (Math.imul(hash, 31) + secret.charCodeAt(at)) | 0;
    const slot = (hash ^ (hash >>> 12)) & (MAX_SEEN - 1);
    const isNew = this.seen[slot] !== hash;
    this.seen[slot] = hash;
    return isNew;
  }
}

/** Whether the whole value is one placeholder. */
export function isPlaceholder(value: string): boolean {
  return WHOLE.test(value);
}

export function holdsPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/**
 * Whether a request has placeholders instead of credentials, so that a server would reject it: in a header field, the query or
 * the authority.
 */
export function hasRedactedCredentials({ headers, path, authority }: HttpRequest): boolean {
  return holdsPlaceholder(path) || holdsPlaceholder(authority) || holdsPlaceholder(headers.bytes.toString('latin1'));
}

/**
 * Whether a text matches a redacted text, in which each placeholder stands for any string. The parts between placeholders must
 * be equal.
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

/** The text before a placeholder, without the readable parts of a JWT. */
function withoutJwt(text: string): string {
  const [header, payload, rest] = text.split('.').slice(-3);
  if (rest !== '' || payload === undefined || !/^[\w-]+$/.test(payload)) return text;
  const start = header!.lastIndexOf('eyJ');
  return start < 0 ? text : text.slice(0, text.length - (header!.length - start) - payload.length - 2);
}
