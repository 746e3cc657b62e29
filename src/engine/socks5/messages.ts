import type { Address } from '../../flow/connection.js';
import type { Credentials } from '../../flow/hooks.js';
import { readAddress, writeAddress } from './address.js';

/** The version in each message of SOCKS 5 (RFC 1928), and in those about a user and a password (RFC 1929). */
const VERSION = 5;
const AUTH_VERSION = 1;

/** How a client says who it is. */
export const Method = { none: 0, password: 2, unacceptable: 0xff } as const;

/** What a client asks for. */
export const Command = { connect: 1, bind: 2, udpAssociate: 3 } as const;

/** What a server answers to a request. */
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

/** Bytes that are not what SOCKS 5 has there. */
export class SocksError extends Error {
  override name = 'SocksError';
}

/** What a client begins with: the methods that it knows. @returns undefined if not all of it is there @throws SocksError */
export function readGreeting(bytes: Buffer): { methods: Buffer; end: number } | undefined {
  checkVersion(bytes, VERSION);
  const end = 2 + (bytes[1] ?? 0);
  return bytes.length < 2 || bytes.length < end ? undefined : { methods: bytes.subarray(2, end), end };
}

export function writeGreeting(methods: readonly number[]): Buffer {
  return Buffer.from([VERSION, methods.length, ...methods]);
}

/** What the server chose of them. @throws SocksError */
export function readMethod(bytes: Buffer): { method: number; end: number } | undefined {
  checkVersion(bytes, VERSION);
  return bytes.length < 2 ? undefined : { method: bytes[1]!, end: 2 };
}

export function writeMethod(method: number): Buffer {
  return Buffer.from([VERSION, method]);
}

/** A user and a password (RFC 1929 section 2). Both are taken for UTF-8. @throws SocksError */
export function readCredentials(bytes: Buffer): { credentials: Credentials; end: number } | undefined {
  checkVersion(bytes, AUTH_VERSION);
  const userEnd = 2 + (bytes[1] ?? 0);
  const end = userEnd + 1 + (bytes[userEnd] ?? 0);
  if (bytes.length < 2 || bytes.length <= userEnd || bytes.length < end) return undefined;
  const username = bytes.toString('utf8', 2, userEnd);
  return { credentials: { username, password: bytes.toString('utf8', userEnd + 1, end) }, end };
}

/** @throws RangeError if one of them is longer than 255 bytes */
export function writeCredentials({ username, password }: Credentials): Buffer {
  const parts = [username, password].map((text) => Buffer.from(text));
  if (parts.some(({ length }) => length > 255))
    throw new RangeError('SOCKS 5 has at most 255 bytes for each of user and password');
  return Buffer.concat([Buffer.from([AUTH_VERSION]), ...parts.flatMap((part) => [Buffer.from([part.length]), part])]);
}

/** Whether they were right. @throws SocksError */
export function readVerdict(bytes: Buffer): { accepted: boolean; end: number } | undefined {
  checkVersion(bytes, AUTH_VERSION);
  return bytes.length < 2 ? undefined : { accepted: bytes[1] === 0, end: 2 };
}

export function writeVerdict(accepted: boolean): Buffer {
  return Buffer.from([AUTH_VERSION, accepted ? 0 : 1]);
}

/** What the client wants. @throws SocksError, AddressTypeError */
export function readRequest(bytes: Buffer): { command: number; address: Address; end: number } | undefined {
  checkVersion(bytes, VERSION);
  const where = bytes.length > 3 ? readAddress(bytes, 3) : undefined;
  return where && { command: bytes[1]!, ...where };
}

export function writeRequest(command: number, address: Address): Buffer {
  return Buffer.concat([Buffer.from([VERSION, command, 0]), writeAddress(address)]);
}

/** What the server says to it. The address is of no use to most clients. @throws SocksError, AddressTypeError */
export function readReply(bytes: Buffer): { reply: number; end: number } | undefined {
  checkVersion(bytes, VERSION);
  // Some servers leave the address out when they refuse.
  const reply = bytes[1];
  if (reply !== undefined && reply !== Reply.succeeded) return { reply, end: bytes.length };
  const where = bytes.length > 3 ? readAddress(bytes, 3) : undefined;
  return where && { reply: Reply.succeeded, end: where.end };
}

export function writeReply(reply: number, bound: Address = ['0.0.0.0', 0]): Buffer {
  return writeRequest(reply, bound);
}

/** What a reply other than `succeeded` means. */
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
    throw new SocksError(`no SOCKS 5 (it begins with 0x${bytes.toString('hex', 0, 1)})`);
}
