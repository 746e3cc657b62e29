import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemErrorText } from '../../flow/system-error.js';
import type { Bcrypt } from './bcrypt.js';
import { ProxyAuthError } from './proxyauth-error.js';

/** The users of an htpasswd file. */
export class Htpasswd {
  private constructor(
    private readonly users: ReadonlyMap<string, PasswordHash>,
    /** Hash checked for unknown users, against timing attacks. */
    private readonly decoy: PasswordHash,
  ) {}

  /** Reads a file. @throws ProxyAuthError that names the file and the line */
  static read(path: string, bcrypt: Bcrypt): Htpasswd {
    try {
      return Htpasswd.parse(readFileSync(path, 'utf8'), path, bcrypt);
    } catch (error) {
      if (error instanceof ProxyAuthError) throw error;
      throw new ProxyAuthError(`${path} cannot be read: ${systemErrorText(error)}`);
    }
  }

  /** @param path for messages @throws ProxyAuthError */
  static parse(text: string, path: string, bcrypt: Bcrypt): Htpasswd {
    const users = new Map<string, PasswordHash>();
    for (const [at, line] of text.split('\n').entries()) {
      const entry = line.trim();
      if (entry === '' || entry.startsWith('#')) continue;
      const place = `${path}:${at + 1}`;
      const [, user, hashed] = /^([^:]+):([^:]+)(?::.*)?$/.exec(entry) ?? [];
      if (!user || !hashed) throw new ProxyAuthError(`${place}: expected USER:HASH, as htpasswd writes it`);
      const hash = parsePasswordHash(hashed, bcrypt);
      if (!hash) {
        throw new ProxyAuthError(
          `${place}: unsupported password hash: create it with htpasswd -B (bcrypt), -m (MD5) or -s (SHA-1)`,
        );
      }
      // As in Apache, the first line of a user wins.
      if (!users.has(user)) users.set(user, hash);
    }
    const [decoy] = users.values();
    if (!decoy) throw new ProxyAuthError(`${path} has no users`);
    return new Htpasswd(users, decoy);
  }

  check(username: string, password: string): boolean | Promise<boolean> {
    const hash = this.users.get(username);
    if (hash) return hash(password);
    const matches = this.decoy(password);
    return matches instanceof Promise ? matches.then(() => false) : false;
  }
}

/** Compares a password with a hash. */
type PasswordHash = (password: string) => boolean | Promise<boolean>;

/**
 * Parses the hash of a line of an htpasswd file: bcrypt (`htpasswd -B`), Apache's MD5 (`-m`), SHA-1 (`-s`), and salted SHA-1
 * (`{SSHA}` of LDAP).
 * @returns undefined for any other format
 */
function parsePasswordHash(text: string, bcrypt: Bcrypt): PasswordHash | undefined {
  if (/^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/.test(text)) {
    return (password) => bcrypt.compare(password, text);
  }
  const md5 = /^\$apr1\$([^$]{0,8})\$[./A-Za-z0-9]{22}$/.exec(text);
  if (md5) return (password) => sameText(apr1(password, md5[1]!), text);
  const sha1 = /^\{(S?)SHA\}([A-Za-z0-9+/]+=*)$/.exec(text);
  if (!sha1) return undefined;
  const bytes = Buffer.from(sha1[2]!, 'base64');
  if (sha1[1] ? bytes.length <= SHA1_SIZE : bytes.length !== SHA1_SIZE) return undefined;
  const digest = bytes.subarray(0, SHA1_SIZE);
  const salt = bytes.subarray(SHA1_SIZE);
  return (password) => timingSafeEqual(createHash('sha1').update(password).update(salt).digest(), digest);
}

const SHA1_SIZE = 20;

function sameText(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/**
 * Apache's variant of MD5-crypt, the default of `htpasswd` and the result of `openssl passwd -apr1`.
 * @returns `$apr1$SALT$HASH`
 */
export function apr1(password: string, salt: string): string {
  const secret = Buffer.from(password);
  const alternate = md5(secret, salt, secret);
  const first = createHash('md5').update(secret).update(`$apr1$${salt}`);
  for (let left = secret.length; left > 0; left -= 16) first.update(alternate.subarray(0, Math.min(16, left)));
  for (let bits = secret.length; bits > 0; bits >>= 1) first.update(bits & 1 ? '\0' : secret.subarray(0, 1));
  let digest: Buffer = first.digest();
  for (let round = 0; round < 1000; round++) {
    digest = md5(
      round % 2 ? secret : digest,
      round % 3 ? salt : '',
      round % 7 ? secret : '',
      round % 2 ? digest : secret,
    );
  }
  const groups = [0, 1, 2, 3, 4].map((at) =>
    encode((digest[at]! << 16) | (digest[at + 6]! << 8) | digest[at === 4 ? 5 : at + 12]!, 4),
  );
  return `$apr1$${salt}$${groups.join('')}${encode(digest[11]!, 2)}`;
}

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Six bits per character, least significant first. */
function encode(value: number, length: number): string {
  return Array.from({ length }, (_, at) => ALPHABET[(value >> (6 * at)) & 63]).join('');
}

function md5(...parts: (Buffer | string)[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
