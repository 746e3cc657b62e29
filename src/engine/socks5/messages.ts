import type { Address } from '../../flow/connection.js';
import type { Credentials } from '../../flow/hooks/hooks.js';
import { readAddress, writeAddress } from './address.js';

/** Protocol versions: of SOCKS 5 messages (RFC 1928), and of user name/password authentication (RFC 1929). */
const VERSION = 5;
const AUTH_VERSION = 1;

/** Authentication methods. */
export const Method = { none: 0, password: 2, unacceptable: 0xff } as const;

/** Request commands. */
export const SocksCommand = { connect: 1, bind: 2, udpAssociate: 3 } as const;

/** Reply codes. */
export const Reply = {
  succeeded: 0,
  failure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  ttlExpired: 6,
  commandNotSupported: 7,
  addressTypeNotSupported: 8,
} as const;

/** The bytes are not the expected SOCKS 5 message. */
export class SocksError extends Error {
  override name = 'SocksError';
}

/** Reads a client's greeting: its authentication methods. @returns undefined if it is incomplete @throws SocksError */
export function readGreeting(bytes: Buffer): { methods: Buffer; end: number } | undefined {
  checkVersion(bytes, VERSION);
  const end = 2 + (bytes[1] ?? 0);
  return bytes.length < 2 || bytes.length < end ? undefined : { methods: bytes.subarray(2, end), end };
}

export function writeGreeting(methods: readonly number[]): Buffer {
  return Buffer.from([VERSION, methods.length, ...methods]);
}

/** Reads the method that the server chose. @throws SocksError */
export function readMethod(bytes: Buffer): { method: number; end: number } | undefined {
  checkVersion(bytes, VERSION);
  return bytes.length < 2 ? undefined : { method: bytes[1]!, end: 2 };
}

export function writeMethod(method: number): Buffer {
  return Buffer.from([VERSION, method]);
}

/** Reads a user name and a password (RFC 1929 section 2), both as UTF-8. @throws SocksError */
export function readCredentials(bytes: Buffer): { credentials: Credentials; end: number } | undefined {
  checkVersion(bytes, AUTH_VERSION);
  const userEnd = 2 + (bytes[1] ?? 0);
  const end = userEnd + 1 + (bytes[userEnd] ?? 0);
  if (bytes.length < 2 || bytes.length <= userEnd || bytes.length < end) return undefined;
  const username = bytes.toString('utf8', 2, userEnd);
  return { credentials: { username, password: bytes.toString('utf8', userEnd + 1, end) }, end };
}

/** @throws RangeError if either is longer than 255 bytes */
export function writeCredentials({ username, password }: Credentials): Buffer {
  const parts = [username, password].map((text) => Buffer.from(text));
  if (parts.some(({ length }) => length > 255))
    throw new RangeError('SOCKS 5 limits user name and password to 255 bytes each');
  return Buffer.concat([Buffer.from([AUTH_VERSION]), ...parts.flatMap((part) => [Buffer.from([part.length]), part])]);
}

/** Reads whether the credentials were accepted. @throws SocksError */
export function readVerdict(bytes: Buffer): { accepted: boolean; end: number } | undefined {
  checkVersion(bytes, AUTH_VERSION);
  return bytes.length < 2 ? undefined : { accepted: bytes[1] === 0, end: 2 };
}

export function writeVerdict(accepted: boolean): Buffer {
  return Buffer.from([AUTH_VERSION, accepted ? 0 : 1]);
}

/** Reads a request. @throws SocksError, AddressTypeError */
export function readRequest(bytes: Buffer): { command: number; address: Address; end: number } | undefined {
  checkVersion(bytes, VERSION);
  const where = bytes.length > 3 ? readAddress(bytes, 3) : undefined;
  return where && { command: bytes[1]!, ...where };
}

export function writeRequest(command: number, address: Address): Buffer {
  return Buffer.concat([Buffer.from([VERSION, command, 0]), writeAddress(address)]);
}

/** Reads a reply. Its address is ignored. @throws SocksError, AddressTypeError */
export function readReply(bytes: Buffer): { reply: number; end: number } | undefined {
  checkVersion(bytes, VERSION);
  // Some servers omit the address when they refuse.
  const reply = bytes[1];
  if (reply !== undefined && reply !== Reply.succeeded) return { reply, end: bytes.length };
  const where = bytes.length > 3 ? readAddress(bytes, 3) : undefined;
  return where && { reply: Reply.succeeded, end: where.end };
}

export function writeReply(reply: number, bound: Address = ['0.0.0.0', 0]): Buffer {
  return writeRequest(reply, bound);
}

/** Describes a reply code other than `succeeded`. */
export function replyText(reply: number): string {
  return TEXTS[reply] ?? `error ${reply}`;
}

const TEXTS: Readonly<Record<number, string>> = {
  [Reply.failure]: 'general failure',
  [Reply.notAllowed]: 'not allowed by its rules',
  [Reply.networkUnreachable]: 'network unreachable',
  [Reply.hostUnreachable]: 'host unreachable',
  [Reply.refused]: 'connection refused',
  [Reply.ttlExpired]: 'TTL expired',
  [Reply.commandNotSupported]: 'command not supported',
  [Reply.addressTypeNotSupported]: 'address type not supported',
};

function checkVersion(bytes: Buffer, version: number): void {
  if (bytes.length > 0 && bytes[0] !== version)
    throw new SocksError(`bytes that are not SOCKS 5 (the first is 0x${bytes.toString('hex', 0, 1)})`);
}
