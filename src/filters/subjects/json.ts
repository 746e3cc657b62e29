import type { Headers, HttpRequest } from '../../flow/index.js';
import { rpcOfType } from '../../flow/rpc/call.js';
import { splitMessages } from '../../flow/rpc/messages.js';
import { decodeProtobuf } from '../../protobuf/decode.js';
import type { Definitions, MessageType } from '../../protobuf/definitions/definitions.js';
import { isProtobuf } from '../../protobuf/media-types.js';
import { messageJson } from '../../protobuf/to-json.js';

/** Parses content as JSON; undefined if it is not valid JSON. */
export type JsonReader = (content: Buffer) => unknown;

/** Creates a reader that parses each buffer once. Results are cached weakly, by buffer. */
export function createJsonReader(): JsonReader {
  const known = new WeakMap<Buffer, { value: unknown }>();
  return (content) => {
    let parsed = known.get(content);
    if (!parsed) {
      parsed = { value: parse(content) };
      known.set(content, parsed);
    }
    return parsed.value;
  };
}

function parse(content: Buffer): unknown {
  if (!mayBeJson(content)) return undefined;
  try {
    return JSON.parse(content.toString().replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** Judges by the first byte, to avoid parsing images and HTML. */
function mayBeJson(content: Buffer): boolean {
  const bom = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
  for (let at = bom; at < content.length; at++) {
    const byte = content[at]!;
    if (byte !== 32 && (byte < 9 || byte > 13)) return '{["-0123456789tfn'.includes(String.fromCharCode(byte));
  }
  return false;
}

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
  const message = decodeProtobuf(content, type, definitions);
  return message.rest ? undefined : messageJson(message);
}
