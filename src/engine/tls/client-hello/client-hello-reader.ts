import type { Duplex } from 'node:stream';
import { GrowingBuffer } from '../../../flow/body/growing-buffer.js';
import { plural } from '../../../flow/text/plural.js';
import type { Deadline } from '../../net/deadlines.js';
import { readUntil } from '../../net/read-until.js';
import { beginsHandshake } from '../../net/tls-record.js';
import { type ClientHello, type ClientHelloError, malformed, parseClientHello } from './client-hello.js';

const CLIENT_HELLO = 1;

const RECORD_HEAD = 5;

const MESSAGE_HEAD = 4;

const MAX_RECORD = 16384;

/** Maximum size of a ClientHello, including record headers. With tickets and post-quantum keys, it has some kilobytes. */
const MAX_HELLO = 64 * 1024;

/**
 * Whether these bytes begin a ClientHello in SSL 2.0 format, which old clients used for later versions as well (RFC
 * 5246 appendix E.2). Needs five bytes.
 */
export function looksLikeSsl2(bytes: Buffer): boolean {
  if (bytes.length < 5 || bytes[0]! < 0x80 || bytes[2] !== CLIENT_HELLO) return false;
  const version = bytes.readUInt16BE(3);
  return version === 0x0002 || (version >= 0x0300 && version <= 0x0303);
}

/**
 * Collects a ClientHello from any number of segments and TLS records (RFC 8446 section 5.1). It decides as early as
 * possible, and after at most 64 KiB.
 */
export class ClientHelloReader {
  /** Number of bytes up to the end of the ClientHello, after which others may follow; 0 until it is complete. */
  consumed = 0;
  private readonly raw = new GrowingBuffer();
  /** Offset in `raw` up to which it has been parsed. */
  private at = 0;
  /** Bytes of the current record that are not in `message` yet. */
  private recordLeft = 0;
  private readonly message = new GrowingBuffer();

  /** All pushed bytes, for the TLS implementation. */
  get bytes(): Buffer {
    return this.raw.bytes;
  }

  /** Consumes the next bytes from the client. Push nothing after a result other than `more`. Never throws. */
  push(chunk: Buffer): 'more' | ClientHello | ClientHelloError {
    this.raw.append(chunk);
    const { bytes } = this.raw;
    while (this.at < bytes.length) {
      if (this.recordLeft === 0) {
        const head = bytes.subarray(this.at, this.at + RECORD_HEAD);
        const problem = this.checkHead(head);
        if (problem) return problem;
        if (head.length < RECORD_HEAD) break;
        this.recordLeft = head.readUInt16BE(3);
        this.at += RECORD_HEAD;
      }
      const content = bytes.subarray(this.at, this.at + this.recordLeft);
      this.message.append(content);
      this.at += content.length;
      this.recordLeft -= content.length;
      const outcome = this.finish();
      if (outcome) return outcome;
    }
    return bytes.length >= MAX_HELLO ? tooLong() : 'more';
  }

  /** @param head the first bytes of a record, up to five */
  private checkHead(head: Buffer): ClientHelloError | undefined {
    const isFirst = this.at === 0;
    if (isFirst && looksLikeSsl2(head)) return { kind: 'error', code: 'ssl2', message: SSL2 };
    // Five bytes are needed to recognise SSL 2.0.
    if (isFirst && head[0]! >= 0x80 && head.length < RECORD_HEAD) return undefined;
    if (beginsHandshake(head) === false) {
      return isFirst ? { kind: 'error', code: 'not-tls', message: NOT_TLS } : malformed('another record interrupts it');
    }
    if (head.length < RECORD_HEAD) return undefined;
    const size = head.readUInt16BE(3);
    return size === 0 || size > MAX_RECORD ? malformed(`one of its records has ${plural(size, 'byte')}`) : undefined;
  }

  private finish(): ClientHello | ClientHelloError | undefined {
    const { bytes } = this.message;
    if (bytes.length > 0 && bytes[0] !== CLIENT_HELLO) return malformed(`it begins with handshake message ${bytes[0]}`);
    if (bytes.length < MESSAGE_HEAD) return undefined;
    const end = MESSAGE_HEAD + bytes.readUIntBE(1, 3);
    if (end > MAX_HELLO) return tooLong();
    if (bytes.length < end) return undefined;
    this.consumed = this.at - (bytes.length - end);
    return parseClientHello(bytes.subarray(MESSAGE_HEAD, end));
  }
}

const SSL2 = 'The client sent a ClientHello of SSL 2.0, which is broken and not supported';

const NOT_TLS = 'The client sent something other than a TLS ClientHello';

function tooLong(): ClientHelloError {
  return { kind: 'error', code: 'too-long', message: `The ClientHello is longer than ${MAX_HELLO / 1024} KiB` };
}

/**
 * Reads a complete ClientHello and puts it back, so that the client waits and the TLS server gets all bytes. The socket
 * must be paused and have no `data` listeners.
 * @returns undefined if the client left, or took longer than the limit
 */
export async function readClientHello(
  socket: Duplex,
  deadline: Deadline,
  seconds: number,
): Promise<ClientHello | ClientHelloError | undefined> {
  const reader = new ClientHelloReader();
  const outcome = await readUntil(socket, deadline, seconds, () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      const pushed = reader.push(chunk as Buffer);
      if (pushed === 'more') continue;
      // In the same turn: a stream that is empty when the peer ends it refuses `unshift`.
      if (reader.bytes.length > 0) socket.unshift(reader.bytes);
      return pushed;
    }
    return undefined;
  });
  return typeof outcome === 'string' ? undefined : outcome;
}
