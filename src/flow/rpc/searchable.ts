import type { Headers } from '../http/headers.js';
import { messageEncoding, rpcOfType } from './call.js';
import { COMPRESSED, looksFramed, PREFIX } from './frames.js';
import { splitMessages } from './messages.js';

/**
 * A body whose messages are not compressed and not in Base64, in frames as before.
 * @param limit maximum bytes of the result
 * @returns the body itself if it is not framed
 */
export function searchableBody(body: Buffer, headers: Headers, limit: number): Buffer {
  const rpc = rpcOfType(headers.get('content-type') ?? '');
  if (!rpc?.framed || body.length === 0) return body;
  const encoding = messageEncoding(rpc, headers);
  if (!rpc.base64 && (encoding === 'identity' || !looksFramed(body))) return body;
  const parts: Buffer[] = [];
  let size = 0;
  for (const { content, flags, problem } of splitMessages(body, rpc, encoding, limit)) {
    const prefix = Buffer.alloc(PREFIX);
    prefix[0] = problem === undefined ? flags & ~COMPRESSED : flags;
    prefix.writeUInt32BE(content.length, 1);
    parts.push(prefix, content);
    size += PREFIX + content.length;
    if (size >= limit) break;
  }
  return Buffer.concat(parts, Math.min(size, limit));
}
