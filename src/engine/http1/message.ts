import { Headers } from '../../flow/http/headers.js';
import { type BodySink, type Framing, type MessageSource, type MessageTarget, NO_BODY } from '../http/wire.js';
import type { BufferedWriter } from '../net/buffered-writer.js';
import type { Http1Reader } from './reader.js';

/**
 * The form in which a body is written: unchanged, each piece as a chunk, or the whole body as one chunk (RFC 9112 section 7.1).
 */
export type BodyCoding = 'asGiven' | 'chunks' | 'oneChunk';

/** The two bodies of one exchange on one connection: received and sent. */
export abstract class Http1Message implements MessageSource, MessageTarget {
  /** Of the received body. */
  framing: Framing = NO_BODY;
  private coding: BodyCoding = 'asGiven';

  constructor(
    protected readonly reader: Http1Reader,
    protected readonly writer: BufferedWriter,
  ) {}

  readBody(sink: BodySink): undefined | Promise<void> {
    return this.reader.readBody(this.framing, sink);
  }

  get trailers(): Headers | undefined {
    const block = this.framing.kind === 'chunked' ? this.reader.trailers?.block : undefined;
    return block && new Headers(block);
  }

  pause(reason: number): void {
    this.reader.pause(reason);
  }

  resume(reason: number): void {
    this.reader.resume(reason);
  }

  giveUp(error: Error): void {
    this.reader.fail(error);
  }

  /** Sends a head, and the chunk size line for `oneChunk`. @param size of the body, if it is written as one chunk */
  protected writeHead(head: Buffer, coding: BodyCoding, size = 0): void {
    this.writer.writeHead(head);
    // An empty body consists of the last chunk only.
    this.coding = coding === 'oneChunk' && size === 0 ? 'chunks' : coding;
    if (this.coding === 'oneChunk') this.writer.write(chunkSize(size));
  }

  write(bytes: Buffer): void {
    if (this.coding !== 'chunks') this.writer.write(bytes);
    else if (bytes.length > 0) this.writer.write(Buffer.concat([chunkSize(bytes.length), bytes, CRLF]));
  }

  end(trailers: Headers | undefined): void {
    if (this.coding === 'asGiven') return;
    const before = this.coding === 'oneChunk' ? CRLF : NOTHING;
    this.writer.write(Buffer.concat([before, LAST_CHUNK, trailers?.bytes ?? NOTHING, CRLF]));
  }

  get full(): boolean {
    return this.writer.full;
  }

  get blocked(): boolean {
    return this.writer.socket.writableNeedDrain;
  }

  get moved(): number {
    return this.reader.received + this.writer.taken;
  }

  get onDrain(): () => void {
    return this.writer.onDrain;
  }
  set onDrain(onDrain: () => void) {
    this.writer.onDrain = onDrain;
  }

  drained(): Promise<void> {
    return this.writer.drained();
  }
}

const NOTHING = Buffer.alloc(0);
const CRLF = Buffer.from('\r\n');
const LAST_CHUNK = Buffer.from('0\r\n');

function chunkSize(size: number): Buffer {
  return Buffer.from(`${size.toString(16)}\r\n`);
}
