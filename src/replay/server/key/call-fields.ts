import type { HttpRequest } from '../../../flow/http/http-request.js';
import { messageEncoding, type Rpc, rpcOfType } from '../../../flow/rpc/call.js';
import { limitedMessages } from '../../../flow/rpc/messages.js';
import type { Budget } from '../../../protobuf/context.js';
import { decodeProtobuf, MAX_FIELDS } from '../../../protobuf/decode.js';
import { isCallOrProtobuf } from '../../../protobuf/media-types.js';
import type { ProtobufMessage } from '../../../protobuf/message.js';
import { messageJson } from '../../../protobuf/to-json.js';
import { canonicalJson, type Json, parseJson } from './canonical-json.js';
import type { KeyField } from './key-field.js';
import type { KeyOptions } from './key-options.js';
import type { KeyRules } from './key-rules.js';

/** Maximum number of messages of a call that are compared by their fields. */
const MAX_MESSAGES = 10_000;

/**
 * The messages of a call of gRPC, gRPC-Web or Connect, or a body that is one message of Protobuf, as JSON.
 * @returns undefined for other content, if a message cannot be decoded, and if decoding would take too long
 */
export function callFields(
  content: Buffer,
  request: HttpRequest,
  options: KeyOptions,
  rules: KeyRules | undefined,
): KeyField[] | undefined {
  const type = request.headers.get('content-type') ?? '';
  if (!isCallOrProtobuf(type)) return undefined;
  const rpc = rpcOfType(type);
  const codec = rpc?.codec ?? 'proto';
  if (codec !== 'proto' && codec !== 'json') return undefined;
  const messages = rpc?.framed ? messagesOf(content, rpc, request, options.bodyLimit) : [content];
  // All messages together have as many fields as one may have.
  const budget = { fields: MAX_FIELDS };
  const fields: KeyField[] = [];
  for (const message of messages ?? []) {
    const value =
      codec === 'json' ? parseJson(message.toString()) : protobufJson(message, request.path, options, budget);
    const json = value === undefined ? undefined : canonicalJson(rules ? rules.json(value) : value);
    if (json === undefined) return undefined;
    const name = messages!.length === 1 ? '' : `message ${fields.length + 1}`;
    fields.push({ part: 'json', name, value: json });
  }
  return fields.length > 0 ? fields : undefined;
}

/** @returns undefined if one is incomplete or cannot be decompressed, and beyond the limits */
function messagesOf(content: Buffer, rpc: Rpc, { headers }: HttpRequest, bytes: number): Buffer[] | undefined {
  const messages = limitedMessages(content, rpc, messageEncoding(rpc, headers), { messages: MAX_MESSAGES, bytes });
  if (messages?.some(({ problem }) => problem !== undefined)) return undefined;
  return messages?.map((message) => message.content);
}

/** @returns undefined if bytes would be left out */
function protobufJson(content: Buffer, path: string, { definitions }: KeyOptions, budget: Budget): Json | undefined {
  const message = decodeProtobuf(content, definitions?.method(path)?.request, definitions, budget);
  return isWhole(message) ? withSortedMaps(messageJson(message)) : undefined;
}

/** Whether all bytes of a message were decoded, also those of the messages in it. */
function isWhole({ fields, rest }: ProtobufMessage): boolean {
  if (rest) return false;
  return fields.every(({ values }) => values.every((value) => value.kind !== 'message' || isWhole(value.message)));
}

/**
 * Sorts what looks like a map: clients write its entries, which are messages with the fields 1 and 2, in any order. Without
 * definitions it is an array ("Encoding", Maps).
 */
function withSortedMaps(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  for (const member of Object.values(value)) withSortedMaps(member);
  if (!Array.isArray(value) || !value.every(isEntry)) return value;
  const keys = new Set(value.map(keyText));
  return keys.size < value.length ? value : value.sort((one, other) => (keyText(one) < keyText(other) ? -1 : 1));
}

type Entry = { readonly 1: Json };

function isEntry(value: Json): value is { [name: string]: Json } & Entry {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return names.length < 3 && names.every((name) => name === '1' || name === '2') && typeof value[1] !== 'object';
}

function keyText(value: Json): string {
  return String((value as Entry)[1]);
}
