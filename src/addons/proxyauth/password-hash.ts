import { createHash, timingSafeEqual } from 'node:crypto';
import { apr1 } from './apr1.js';
import type { Bcrypt } from './bcrypt.js';

/** Compares a password with a hash. */
export type PasswordHash = (password: string) => boolean | Promise<boolean>;

/**
 * Parses the hash of a line of an htpasswd file: bcrypt (`htpasswd -B`), Apache's MD5 (`-m`), SHA-1 (`-s`), and salted SHA-1
 * (`{SSHA}` of LDAP).
 * @returns undefined for any other format
 */
export function parsePasswordHash(text: string, bcrypt: Bcrypt): PasswordHash | undefined {
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
