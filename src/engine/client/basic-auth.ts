import { isUtf8 } from 'node:buffer';
import type { Credentials } from '../../flow/hooks/hooks.js';

/**
 * Parses `Basic` credentials (RFC 7617); text that is not UTF-8 is read as latin1.
 * @returns undefined if the value is invalid
 */
export function parseBasic(value: string): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(value.trim())?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  return text.includes(':') ? parseCredentials(text) : undefined;
}

/** The `Basic` field value for credentials. */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Parses credentials of an option, `USER:PASSWORD`. Without a colon the password is empty. */
export function parseCredentials(text: string): Credentials {
  const colon = text.indexOf(':');
  return colon < 0
    ? { username: text, password: '' }
    : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
