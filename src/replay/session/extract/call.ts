import type { Headers } from '../../../flow/http/headers.js';
import { messageEncoding, rpcOfType } from '../../../flow/rpc/call.js';
import { splitMessages } from '../../../flow/rpc/messages.js';
import { decodeProtobuf } from '../../../protobuf/decode.js';
import { messageJson } from '../../../protobuf/to-json.js';
import { extractFromJsonIfValid } from './json.js';
import type { ValueExtractor } from './value-extractor.js';

/** Maximum number of messages to search, and of their bytes after decompression. */
const MAX_MESSAGES = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Extracts the values of messages of a call, or of a body that is one message of Protobuf. Fields are named by their numbers.
 * @param path of the request
 */
export function extractFromCall(content: Buffer, headers: Headers, path: string, extractor: ValueExtractor): void {
  const rpc = rpcOfType(headers.get('content-type') ?? '');
  if (!rpc?.framed) return extractFromMessage(content, path, extractor, 'message');
  let count = 0;
  let size = 0;
  for (const { kind, problem, content: message } of splitMessages(content, rpc, messageEncoding(rpc, headers))) {
    size += message.length;
    if (++count > MAX_MESSAGES || size > MAX_BYTES) return;
    if (kind !== 'message' || problem !== undefined) continue;
    const place = `message ${count}`;
    if (rpc.codec === 'proto') extractFromMessage(message, path, extractor, place);
    else if (rpc.codec === 'json') extractFromJsonIfValid(message.toString('latin1'), path, extractor, place);
  }
}

function extractFromMessage(content: Buffer, path: string, extractor: ValueExtractor, place: string): void {
  const json = JSON.stringify(messageJson(decodeProtobuf(content, undefined, undefined)));
  extractFromJsonIfValid(Buffer.from(json).toString('latin1'), path, extractor, place);
}
