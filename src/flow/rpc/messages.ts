import { ContentCodingError, decodeAtOnce } from '../body/content-coding.js';
import { plural } from '../text/plural.js';
import { Base64Reader } from './base64-reader.js';
import type { Rpc } from './call.js';
import { COMPRESSED, END_STREAM, type Frame, FrameSplitter, TRAILERS } from './frames.js';

/** Maximum decoded bytes of a message, before and after decompression. */
export const MESSAGE_LIMIT = 16 * 1024 * 1024;

/** The kind of a frame. */
export type FrameKind = 'message' | 'trailers' | 'end';

/** One message of a call. */
export interface RpcMessage {
  readonly kind: FrameKind;
  /** The flags of the prefix. */
  readonly flags: number;
  /** The length that the prefix announces. */
  readonly length: number;
  /** The received content, still compressed. */
  readonly sent: Buffer;
  /** The compression of this message; undefined if it is not compressed. */
  readonly encoding: string | undefined;
  /** The decompressed content, or the content as sent if `problem` says why it cannot be decompressed. */
  readonly content: Buffer;
  /** Why the content is not complete or not decompressed. */
  readonly problem: string | undefined;
  /** Other bytes follow the compressed content. */
  readonly hasRest?: boolean;
}

/**
 * @param encoding the compression that the headers name @param limit maximum bytes of a message, before and after decompression
 */
export async function* readMessages(
  chunks: AsyncIterable<Buffer>,
  rpc: Rpc,
  encoding: string,
  limit = MESSAGE_LIMIT,
): AsyncGenerator<RpcMessage> {
  const splitter = new FrameSplitter(limit);
  const base64 = rpc.base64 ? new Base64Reader() : undefined;
  for await (const chunk of chunks) {
    for (const frame of splitter.push(base64?.push(chunk) ?? chunk)) yield decodeFrame(frame, rpc, encoding, limit);
  }
  if (base64) for (const frame of splitter.push(base64.end())) yield decodeFrame(frame, rpc, encoding, limit);
  const last = splitter.end();
  if (last) yield decodeFrame(last, rpc, encoding, limit);
}

/** The messages of a body that is in memory. */
export function* splitMessages(body: Buffer, rpc: Rpc, encoding: string, limit = MESSAGE_LIMIT): Generator<RpcMessage> {
  const splitter = new FrameSplitter(limit);
  const base64 = rpc.base64 ? new Base64Reader() : undefined;
  const bytes = base64 ? Buffer.concat([base64.push(body), base64.end()]) : body;
  for (const frame of splitter.push(bytes)) yield decodeFrame(frame, rpc, encoding, limit);
  const last = splitter.end();
  if (last) yield decodeFrame(last, rpc, encoding, limit);
}

/** Limits for all messages of a body together, as a few compressed bytes may be the content of many messages. */
export interface CallLimits {
  readonly messages: number;
  /** Bytes after decompression. */
  readonly bytes: number;
}

/**
 * The messages of a body that is in memory, without trailers and the end of a stream.
 * @returns undefined beyond the limits
 */
export function limitedMessages(
  body: Buffer,
  rpc: Rpc,
  encoding: string,
  limits: CallLimits,
): RpcMessage[] | undefined {
  const messages: RpcMessage[] = [];
  let size = 0;
  for (const message of splitMessages(body, rpc, encoding)) {
    if (message.kind !== 'message') continue;
    size += message.content.length;
    if (size > limits.bytes || messages.push(message) > limits.messages) return undefined;
  }
  return messages;
}

export function kindOf(flags: number, { protocol }: Rpc): FrameKind {
  if (protocol === 'grpc-web' && (flags & TRAILERS) !== 0) return 'trailers';
  return protocol === 'connect' && (flags & END_STREAM) !== 0 ? 'end' : 'message';
}

export function decodeFrame(frame: Frame, rpc: Rpc, encoding: string, limit: number): RpcMessage {
  const { flags, length, content, received } = frame;
  const kind = kindOf(flags, rpc);
  const compressed = (flags & COMPRESSED) !== 0 && encoding !== 'identity' ? encoding : undefined;
  const common = { kind, flags, length, sent: content, encoding: compressed };
  if (received < length) return { ...common, content, problem: `incomplete: ${received} of ${plural(length, 'byte')}` };
  if (content.length < received) return { ...common, content, problem: `longer than ${plural(limit, 'byte')}` };
  if (length === 0 && content.length > 0)
    return { ...common, content, problem: 'incomplete: only a part of the prefix' };
  if (!compressed) return { ...common, content, problem: undefined };
  try {
    let hasRest = false;
    const onRest = (): void => {
      hasRest = true;
    };
    const plain = decodeAtOnce(content, [compressed], limit, undefined, onRest);
    if (plain) return { ...common, content: plain, problem: undefined, hasRest };
    return { ...common, content, problem: `longer than ${plural(limit, 'byte')} when decompressed` };
  } catch (error) {
    if (!(error instanceof ContentCodingError)) throw error;
    const isKnown = !/is not supported$/.test(error.message);
    return { ...common, content, problem: isKnown ? `not valid ${compressed}` : 'a compression that is not supported' };
  }
}
