import { isIP } from 'node:net';
import type { Address } from '../../flow/connection.js';
import { ipBytes, ipText, withoutZone } from '../../flow/text/ip-address.js';

/** Address types (RFC 1928 section 5). */
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** An address type that SOCKS 5 does not have. */
export class AddressTypeError extends Error {
  override name = 'AddressTypeError';
  constructor(kind: number) {
    super(`the address type ${kind}, which SOCKS 5 does not have`);
  }
}

/**
 * Reads an address and a port at an offset.
 * @returns undefined if they are incomplete
 * @throws AddressTypeError
 */
export function readAddress(bytes: Buffer, at: number): { address: Address; end: number } | undefined {
  const kind = bytes[at];
  if (kind === undefined) return undefined;
  if (kind !== IPV4 && kind !== NAME && kind !== IPV6) throw new AddressTypeError(kind);
  const start = kind === NAME ? at + 2 : at + 1;
  const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : bytes[at + 1];
  if (length === undefined || bytes.length < start + length + 2) return undefined;
  const host = bytes.subarray(start, start + length);
  const text = kind === NAME ? host.toString('latin1') : ipText(host);
  return { address: [text, bytes.readUInt16BE(start + length)], end: start + length + 2 };
}

/** @throws RangeError if the name is longer than 255 bytes */
export function writeAddress([host, port]: Address): Buffer {
  const version = isIP(host);
  const end = Buffer.from([port >> 8, port & 0xff]);
  if (version) {
    return Buffer.concat([Buffer.of(version === 4 ? IPV4 : IPV6), ipBytes(withoutZone(host)), end]);
  }
  const name = Buffer.from(host, 'latin1');
  if (name.length > 255) throw new RangeError('A name in SOCKS 5 has at most 255 bytes');
  return Buffer.concat([Buffer.from([NAME, name.length]), name, end]);
}
