import type { Headers } from '../http/headers.js';
import { Base64Reader } from './base64-reader.js';
import { messageEncoding, type Rpc } from './call.js';
import { type Frame, FrameSplitter } from './frames.js';
import { decodeFrame, kindOf } from './messages.js';
import { statusNamed } from './status-codes.js';

/** Maximum size in bytes of the message with the status. */
const LIMIT = 64 * 1024;

/** Finds the status of a call in the body of its response: the trailers of gRPC-Web, or the error of Connect. */
export class StatusScanner {
  private readonly encoding: string;
  private readonly base64: Base64Reader | undefined;
  /** For bodies of frames. */
  private readonly splitter: FrameSplitter | undefined;
  /** For an error of a unary call: its beginning. */
  private readonly parts: Buffer[] = [];
  private size = 0;
  private status: number | undefined;

  /** @param headers of the response */
  constructor(
    private readonly rpc: Rpc,
    headers: Headers,
  ) {
    this.encoding = messageEncoding(rpc, headers);
    // If a stream of Connect fails before its first message, the error is sent as for a unary call.
    const isJson = /^\s*application\/json(?:[;\s]|$)/i.test(headers.get('content-type') ?? '');
    this.base64 = rpc.base64 ? new Base64Reader() : undefined;
    this.splitter = rpc.framed && !isJson ? new FrameSplitter(LIMIT) : undefined;
  }

  push(chunk: Buffer): void {
    if (this.splitter) {
      for (const frame of this.splitter.push(this.base64?.push(chunk) ?? chunk)) this.take(frame);
    } else if (this.size < LIMIT) {
      this.parts.push(chunk);
      this.size += chunk.length;
    }
  }

  /** @returns the status, after the last chunk */
  end(): number | undefined {
    if (this.splitter && this.base64) for (const frame of this.splitter.push(this.base64.end())) this.take(frame);
    if (this.parts.length > 0) this.status = codeIn(Buffer.concat(this.parts), (value) => value);
    return this.status;
  }

  private take(frame: Frame): void {
    if (kindOf(frame.flags, this.rpc) === 'message') return;
    const { kind, content } = decodeFrame(frame, this.rpc, this.encoding, LIMIT);
    // The end of a stream without an error is success.
    if (kind === 'end') this.status = codeIn(content, (value) => value.error) ?? (isObject(content) ? 0 : undefined);
    else this.status = statusLine(content);
  }
}

function statusLine(trailers: Buffer): number | undefined {
  const digits = /(?:^|\n)grpc-status:[ \t]*(\d{1,9})[ \t]*(?:\r|\n|$)/i.exec(trailers.toString('latin1'))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The `code` of an error as JSON. */
function codeIn(json: Buffer, errorOf: (value: Record<string, unknown>) => unknown): number | undefined {
  const value = parse(json);
  const error = value && errorOf(value);
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? statusNamed(code) : undefined;
}

function isObject(json: Buffer): boolean {
  return parse(json)?.error === undefined && parse(json) !== undefined;
}

function parse(json: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
