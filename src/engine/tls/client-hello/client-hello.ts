import { isIP } from 'node:net';
import { hostFromWire } from '../../../flow/text/host-name.js';

/** A client's offer (RFC 8446 section 4.1.2). Lists keep its order, without GREASE values (RFC 8701). */
export interface ClientHello {
  kind: 'hello';
  /** `client_version`: 0x0301 is TLS 1.0; 0x0303 is TLS 1.2 or, with `supportedVersions`, a later version. */
  legacyVersion: number;
  /** Empty without the extension: then `legacyVersion` is the client's highest version. */
  supportedVersions: number[];
  /**
   * The SNI host in ASCII, which may be an IP address in spite of RFC 6066; undefined unless it is exactly one valid
   * host.
   */
  sni: string | undefined;
  alpnOffers: string[];
  /** Numbers of the IANA registry. */
  cipherSuites: number[];
  /** Empty if the client does not send the extension. */
  signatureAlgorithms: number[];
  /** `supported_groups`; empty if the client does not send the extension. */
  groups: number[];
}

export interface ClientHelloError {
  kind: 'error';
  /** `ssl2` and `ssl3` are obsolete versions, `not-tls` is no ClientHello at all. */
  code: 'not-tls' | 'ssl2' | 'ssl3' | 'malformed' | 'too-long';
  /** A sentence without its full stop. */
  message: string;
}

export const TLS1_2 = 0x0303;

export const TLS1_3 = 0x0304;

const SSL3 = 0x0300;

const CONTRADICTORY_LENGTHS = 'its lengths contradict each other';

const EXTENSION = { serverName: 0, groups: 10, signatureAlgorithms: 13, alpn: 16, supportedVersions: 43 };

/** Parses the body of a ClientHello, without the header of the handshake message. Never throws. */
export function parseClientHello(body: Buffer): ClientHello | ClientHelloError {
  const cursor = new ByteCursor(body);
  const legacyVersion = cursor.number(2);
  cursor.take(32);
  const sessionId = cursor.vector(1);
  const cipherSuites = cursor.vector(2);
  const compressions = cursor.vector(1);
  const hasExtensions = cursor.remaining > 0;
  const extensions = splitExtensions(hasExtensions ? cursor.vector(2) : Buffer.alloc(0));
  if (cursor.overrun || cursor.remaining > 0) return malformed(CONTRADICTORY_LENGTHS);
  if (typeof extensions === 'string') return malformed(extensions);
  if (sessionId.length > 32 || cipherSuites.length < 2 || cipherSuites.length % 2 || compressions.length < 1) {
    return malformed('a list in it has an impossible length');
  }
  if (legacyVersion === SSL3) {
    return {
      kind: 'error',
      code: 'ssl3',
      message: 'The client speaks SSL 3.0 at most, which is broken and not supported',
    };
  }
  const alpnOffers = readAlpn(extensions.get(EXTENSION.alpn));
  const supportedVersions = readNumbers(extensions.get(EXTENSION.supportedVersions), 1);
  const signatureAlgorithms = readNumbers(extensions.get(EXTENSION.signatureAlgorithms), 2);
  const groups = readNumbers(extensions.get(EXTENSION.groups), 2);
  if (!alpnOffers || !supportedVersions || !signatureAlgorithms || !groups) {
    return malformed('a list in its extensions has an impossible length');
  }
  // Ignored if there are `supportedVersions` (RFC 8446 section 4.2.1).
  if (legacyVersion >> 8 !== 3 && supportedVersions.length === 0) {
    return malformed(`its version is 0x${legacyVersion.toString(16)}`);
  }
  return {
    kind: 'hello',
    legacyVersion,
    supportedVersions,
    sni: readServerName(extensions.get(EXTENSION.serverName)),
    alpnOffers,
    cipherSuites: numbers(cipherSuites),
    signatureAlgorithms,
    groups,
  };
}

export function malformed(why: string): ClientHelloError {
  return { kind: 'error', code: 'malformed', message: `The ClientHello is malformed: ${why}` };
}

/** @returns what is wrong if the bytes are not a list of extensions, or one is repeated (RFC 8446 section 4.2) */
function splitExtensions(bytes: Buffer): Map<number, Buffer> | string {
  const extensions = new Map<number, Buffer>();
  const cursor = new ByteCursor(bytes);
  while (cursor.remaining > 0) {
    const type = cursor.number(2);
    const content = cursor.vector(2);
    if (cursor.overrun) return CONTRADICTORY_LENGTHS;
    if (extensions.has(type)) return `its extension ${type} is repeated`;
    extensions.set(type, content);
  }
  return extensions;
}

/** Reads the SNI (RFC 6066 section 3). Several names, other types and invalid hosts are treated as a missing SNI. */
function readServerName(extension: Buffer | undefined): string | undefined {
  if (!extension) return undefined;
  const list = new ByteCursor(new ByteCursor(extension).vector(2));
  const type = list.number(1);
  const host = hostFromWire(list.vector(2).toString('latin1'));
  return !list.overrun && list.remaining === 0 && type === 0 && isHost(host) ? host : undefined;
}

function isHost(text = ''): boolean {
  return isIP(text) !== 0 || (text.length <= 255 && /^(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$/.test(text));
}

/** Reads the ALPN protocols (RFC 7301 section 3.1). */
function readAlpn(extension: Buffer | undefined): string[] | undefined {
  if (!extension) return [];
  const outer = new ByteCursor(extension);
  const list = new ByteCursor(outer.vector(2));
  const protocols: string[] = [];
  while (list.remaining > 0) {
    const protocol = list.vector(1);
    if (protocol.length === 0) return undefined;
    if (protocol.length !== 2 || !isGrease(protocol.readUInt16BE())) protocols.push(protocol.toString('latin1'));
  }
  return outer.overrun || outer.remaining > 0 || list.overrun ? undefined : protocols;
}

/** @param lengthSize bytes of the length before the 16-bit numbers */
function readNumbers(extension: Buffer | undefined, lengthSize: 1 | 2): number[] | undefined {
  if (!extension) return [];
  const cursor = new ByteCursor(extension);
  const list = cursor.vector(lengthSize);
  return cursor.overrun || cursor.remaining > 0 || list.length % 2 !== 0 ? undefined : numbers(list);
}

function numbers(list: Buffer): number[] {
  const values: number[] = [];
  for (let at = 0; at < list.length; at += 2) {
    const value = list.readUInt16BE(at);
    if (!isGrease(value)) values.push(value);
  }
  return values;
}

/** 0x0a0a, 0x1a1a, … 0xfafa (RFC 8701 section 2). */
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/**
 * Reads big-endian numbers and vectors (RFC 8446 section 3) in sequence. Reads beyond the end return zeros and empty
 * vectors and set `overrun`, so a single check at the end suffices.
 */
class ByteCursor {
  overrun = false;
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  /** Reads a number of this many bytes. */
  number(size: 1 | 2 | 3): number {
    const bytes = this.take(size);
    return bytes.length === size ? bytes.readUIntBE(0, size) : 0;
  }

  take(length: number): Buffer {
    if (length > this.remaining) {
      this.overrun = true;
      this.at = this.bytes.length;
      return Buffer.alloc(0);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Reads bytes that follow their length, which has this many bytes. */
  vector(size: 1 | 2 | 3): Buffer {
    return this.take(this.number(size));
  }
}
