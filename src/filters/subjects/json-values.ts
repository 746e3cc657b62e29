import type { Headers, HttpRequest } from '../../flow/index.js';
import { rpcOfType } from '../../flow/rpc/call.js';
import { splitMessages } from '../../flow/rpc/messages.js';
import { decodeMessage } from '../../protobuf/decode.js';
import type { Definitions, MessageType } from '../../protobuf/definitions/definitions.js';
import { isProtobuf } from '../../protobuf/media-types.js';
import { messageJson } from '../../protobuf/to-json.js';
import type { JsonReader } from './json.js';

/**
 * The JSON values in content: the whole content, or each message of a call.
 * @param headers of the message, if the content is a body
 * @param content as loaded for filters: messages are decompressed and not in Base64
 */
export function* jsonValues(
  content: Buffer,
  headers: Headers | undefined,
  request: HttpRequest | undefined,
  json: JsonReader,
  definitions: Definitions | undefined,
): Generator<unknown> {
  const type = (request && headers?.get('content-type')) ?? '';
  const rpc = rpcOfType(type);
  if (!rpc && !isProtobuf(type)) {
    yield json(content);
    return;
  }
  const side = headers === request!.headers ? 'request' : 'response';
  const message = definitions?.method(request!.path)?.[side];
  if (!rpc?.framed) {
    yield protobufJson(content, message, definitions);
    return;
  }
  for (const { kind, content: each, problem } of splitMessages(content, { ...rpc, base64: false }, 'identity')) {
    if (problem !== undefined || kind !== 'message') continue;
    yield rpc.codec === 'proto' ? protobufJson(each, message, definitions) : json(each);
  }
}

function protobufJson(content: Buffer, type: MessageType | undefined, definitions: Definitions | undefined): unknown {
  const message = decodeMessage(content, type, definitions);
  return message.rest ? undefined : messageJson(message);
}
