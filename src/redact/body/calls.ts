import type { Headers } from '../../flow/http/headers.js';
import { messageEncoding, type Rpc, rpcOfType } from '../../flow/rpc/call.js';
import { COMPRESSED, frameOf } from '../../flow/rpc/frames.js';
import { MESSAGE_LIMIT, type RpcMessage, readMessages } from '../../flow/rpc/messages.js';
import { rewriteProtobuf } from '../../protobuf/rewrite.js';
import type { Searcher } from '../searcher.js';
import { applyToBytes } from '../text/edits.js';
import type { Replace, TextKind } from '../text/scan.js';
import { UnsearchableError } from './stream.js';

export interface CallSearch {
  readonly searcher: Searcher;
  readonly replace: Replace;
  /** Called with the name of each secret that was replaced. */
  readonly onFound: (name: string) => void;
}

/** The method by which a body of messages is redacted. */
export interface CallRedaction {
  redact(chunks: AsyncIterable<Buffer>, search: CallSearch): AsyncGenerator<Buffer>;
  /** Whether pieces without secrets equal the bytes of the body; false for Base64, which is encoded again. */
  readonly keepsBytes: boolean;
}

/**
 * Returns the method for a body of gRPC or Protobuf messages. It corrects the lengths in messages.
 * @param type for which `ContentKinds.isCall` holds
 */
export function callRedaction(type: string, headers: Headers): CallRedaction {
  const rpc = rpcOfType(type);
  if (!rpc?.framed) return { redact: redactBare, keepsBytes: true };
  const encoding = messageEncoding(rpc, headers);
  return { redact: (chunks, search) => redactFrames(chunks, rpc, encoding, search), keepsBytes: !rpc.base64 };
}

/** Redacts a body that is a single message. @throws UnsearchableError */
async function* redactBare(chunks: AsyncIterable<Buffer>, search: CallSearch): AsyncGenerator<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MESSAGE_LIMIT) throw new UnsearchableError('a message is too large');
    parts.push(chunk);
  }
  const content = Buffer.concat(parts);
  yield redactedMessage(content, search) ?? content;
}

/** Redacts framed messages. Changed messages are written uncompressed. @throws UnsearchableError */
async function* redactFrames(
  chunks: AsyncIterable<Buffer>,
  rpc: Rpc,
  encoding: string,
  search: CallSearch,
): AsyncGenerator<Buffer> {
  for await (const message of readMessages(chunks, rpc, encoding)) {
    const frame = redactedFrame(message, rpc, search);
    yield rpc.base64 ? Buffer.from(frame.toString('base64')) : frame;
  }
}

function redactedFrame(message: RpcMessage, rpc: Rpc, search: CallSearch): Buffer {
  const { content, flags, kind, encoding, problem, length, sent } = message;
  // The body ends within a prefix.
  if (length === 0 && sent.length > 0) return sent;
  const isIncomplete = sent.length < length;
  if (problem !== undefined && (encoding !== undefined || !isIncomplete))
    throw new UnsearchableError(`a message: ${problem}`);
  if (message.hasRest) throw new UnsearchableError(`a message: bytes after its ${encoding} content`);
  const isProto = kind === 'message' && rpc.codec === 'proto';
  const redacted = isProto ? redactedMessage(content, search) : redactedFlat(content, 'data', search);
  if (!redacted) return frameOf(flags, length, sent);
  // An incomplete message keeps its number of missing bytes.
  return frameOf(flags & ~COMPRESSED, redacted.length + (length - sent.length), redacted);
}

function redactedMessage(content: Buffer, search: CallSearch): Buffer | undefined {
  return rewriteProtobuf(content, (part, isText) => redactedFlat(part, isText ? 'data' : 'binary', search));
}

function redactedFlat(content: Buffer, kind: TextKind, { searcher, replace, onFound }: CallSearch): Buffer | undefined {
  const edits = searcher.edits(content, kind, replace);
  for (const { names } of edits) for (const name of names) onFound(name);
  return edits.length === 0 ? undefined : applyToBytes(content, edits);
}
