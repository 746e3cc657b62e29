import type { Headers } from '../../../flow/http/headers.js';
import { messageEncoding, rpcOfType } from '../../../flow/rpc/call.js';
import { COMPRESSED, frameOf } from '../../../flow/rpc/frames.js';
import { splitMessages } from '../../../flow/rpc/messages.js';
import { rewriteProtobuf } from '../../../protobuf/rewrite.js';
import { rewriteContent } from './body.js';
import type { TextRewriter } from './text.js';
import { NO_KEYS } from './visitor.js';

/**
 * Replaces values in texts of the messages of a call, or of a body that is one message of Protobuf. Changed messages are sent
 * uncompressed.
 * @param path of the request
 * @returns the same buffer if nothing was replaced
 */
export function rewriteCall(content: Buffer, headers: Headers, path: string, rewriter: TextRewriter): Buffer {
  const rpc = rpcOfType(headers.get('content-type') ?? '');
  if (!rpc?.framed) return rewriteMessage(content, rewriter, 'message') ?? content;
  const frames: Buffer[] = [];
  let isChanged = false;
  for (const message of splitMessages(content, rpc, messageEncoding(rpc, headers))) {
    const { kind, flags, sent, problem } = message;
    // What is incomplete or unreadable stays as it is.
    if (sent.length < message.length || (message.length === 0 && sent.length > 0)) return content;
    const isReadable = kind === 'message' && problem === undefined;
    const place = `message ${frames.length + 1}`;
    let changed: Buffer | undefined;
    if (isReadable && rpc.codec === 'proto') changed = rewriteMessage(message.content, rewriter, place);
    else if (isReadable && rpc.codec === 'json') {
      const json = rewriteContent(message.content, 'application/json', path, rewriter);
      changed = json === message.content ? undefined : json;
    }
    isChanged ||= changed !== undefined;
    frames.push(changed ? frameOf(flags & ~COMPRESSED, changed.length, changed) : frameOf(flags, sent.length, sent));
  }
  if (!isChanged) return content;
  const bytes = Buffer.concat(frames);
  return rpc.base64 ? Buffer.from(bytes.toString('base64')) : bytes;
}

/** @returns undefined if nothing was replaced, and if the message has too many fields */
function rewriteMessage(content: Buffer, rewriter: TextRewriter, place: string): Buffer | undefined {
  let changed: Buffer | undefined;
  try {
    changed = rewriteProtobuf(content, (part, isText) => {
      const text = isText ? rewriter.text(part.toString(), NO_KEYS) : undefined;
      return text === undefined ? undefined : Buffer.from(text);
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  if (changed) rewriter.visitor.changed(place);
  return changed;
}
