import type { Headers } from '../../flow/http/headers.js';
import { messageEncoding, type Rpc, rpcOfType } from '../../flow/rpc/call.js';
import { looksFramed } from '../../flow/rpc/frames.js';
import { limitedMessages, type RpcMessage } from '../../flow/rpc/messages.js';
import { decodeProtobuf } from '../../protobuf/decode.js';
import type { Definitions, MessageType } from '../../protobuf/definitions/definitions.js';
import { isProtobuf } from '../../protobuf/media-types.js';
import { type Json, messageJson } from '../../protobuf/to-json.js';
import { type Difference, type DifferenceKind, MAX_DIFFERENCES } from '../difference.js';
import type { Equality } from '../equality.js';
import { compareJson, type OnScalars } from '../json/compare-json.js';
import { byHash, type Content, compareContent, size } from './compare-content.js';

/** Maximum number of messages of a call that are compared one by one. */
const MAX_MESSAGES = 100_000;

/** Options for comparing Protobuf messages. */
export interface CallOptions {
  /** Maximum bytes of all messages of a call after decompression. */
  readonly limit: number;
  readonly definitions: Definitions | undefined;
  /** The type of the messages; undefined if it is unknown. */
  readonly type: MessageType | undefined;
  /** Neither body has ended, so that more messages than were recorded are no difference. */
  readonly isOpenEnded?: boolean | undefined;
  readonly onScalars?: OnScalars | undefined;
}

/** A decoded body, and the headers of its response. */
interface Side extends Content {
  readonly headers: Headers;
}

/**
 * Compares two bodies of calls or of Protobuf: message by message, and field by field.
 * @returns undefined for other content, if a message is invalid, and beyond the limits
 */
export function compareCalls(was: Side, now: Side, equality: Equality, options: CallOptions): Difference[] | undefined {
  const [before, after] = [rpcOf(was), rpcOf(now)];
  if (before?.framed && after?.framed && before.codec === after.codec) {
    const [recorded, replayed] = [messagesOf(was, before, options), messagesOf(now, after, options)];
    return recorded && replayed && compareMessages(recorded, replayed, before.codec, equality, options);
  }
  if (!isBare(was, before) || !isBare(now, after)) return undefined;
  const documents = [jsonOf(was.bytes, options), jsonOf(now.bytes, options)] as const;
  return documents[0] && documents[1]
    ? compareDocuments('body', documents[0], documents[1], equality, options)
    : undefined;
}

function rpcOf({ bytes, contentType = '' }: Side): Rpc | undefined {
  const rpc = rpcOfType(contentType);
  return rpc?.framed && !rpc.base64 && !looksFramed(bytes) ? undefined : rpc;
}

function isBare({ contentType = '' }: Side, rpc: Rpc | undefined): boolean {
  return rpc ? !rpc.framed : isProtobuf(contentType);
}

/** Without trailers and the end of a stream: the status is compared separately. */
function messagesOf({ bytes, headers }: Side, rpc: Rpc, { limit }: CallOptions): RpcMessage[] | undefined {
  return limitedMessages(bytes, rpc, messageEncoding(rpc, headers), { messages: MAX_MESSAGES, bytes: limit });
}

function compareMessages(
  before: readonly RpcMessage[],
  after: readonly RpcMessage[],
  codec: string,
  equality: Equality,
  options: CallOptions,
): Difference[] {
  const differences: Difference[] = [];
  const isUnary = before.length === 1 && after.length === 1;
  const count = options.isOpenEnded ? before.length : Math.max(before.length, after.length);
  for (let at = 0; at < count; at++) {
    if (differences.length >= MAX_DIFFERENCES) break;
    const [was, now] = [before[at], after[at]];
    const place = `message ${at + 1}`;
    if (!was || !now) {
      const shown = (message: RpcMessage | undefined) => message && size(message.content.length);
      differences.push({ kind: 'messages', place, group: 'messages', was: shown(was), now: shown(now) });
      continue;
    }
    const found = compareMessage(isUnary ? 'body' : 'messages', was, now, codec, equality, options);
    for (const each of found) differences.push(isUnary ? each : placed(each, place));
  }
  return differences;
}

function placed(difference: Difference, place: string): Difference {
  const isPath = difference.place.startsWith('$');
  return {
    ...difference,
    place: isPath ? `${place} ${difference.place}` : place,
    group: isPath ? `message ${difference.group}` : 'messages',
  };
}

function compareMessage(
  kind: DifferenceKind,
  was: RpcMessage,
  now: RpcMessage,
  codec: string,
  equality: Equality,
  options: CallOptions,
): Difference[] {
  if (!options.onScalars && was.content.equals(now.content)) return [];
  if (codec === 'proto' && was.problem === undefined && now.problem === undefined) {
    const documents = [jsonOf(was.content, options), jsonOf(now.content, options)] as const;
    if (documents[0] && documents[1]) return compareDocuments(kind, documents[0], documents[1], equality, options);
  }
  if (codec === 'proto') return was.content.equals(now.content) ? [] : [byHash(kind, was.content, now.content)];
  const contentType = codec === 'json' ? 'application/json' : undefined;
  const sides = [was, now].map(({ content }) => ({ bytes: content, contentType }));
  return compareContent(kind, sides[0]!, sides[1]!, equality, options.onScalars);
}

function compareDocuments(
  kind: DifferenceKind,
  was: Json,
  now: Json,
  equality: Equality,
  { onScalars }: CallOptions,
): Difference[] {
  return compareJson(kind, { plain: was, exact: was }, { plain: now, exact: now }, equality, onScalars);
}

/** @returns undefined if the bytes are not a message */
function jsonOf(content: Buffer, { type, definitions }: CallOptions): Json | undefined {
  const message = decodeProtobuf(content, type, definitions);
  return message.rest ? undefined : messageJson(message);
}
