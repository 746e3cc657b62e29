import type { Body, ByteSource } from '../../flow/body.js';
import type { Flow } from '../../flow/flow.js';
import type { MessageLog } from '../../flow/messagelog.js';
import type { Compression } from '../compression/codec.js';
import { FieldError } from '../field-error.js';
import type { MessagePackDecoder } from './msgpack-decoder.js';

/** What the metadata says of one body. */
export interface BodyEntry {
  /** `request`, `response` or `messages`; those of other kinds are kept as they are. */
  kind: string;
  /** Bytes in the record: none if the body was not kept. */
  length: number;
  /** How these bytes are compressed. */
  coding: Compression | undefined;
  /** With `coding`: how many there are after decompressing. */
  decodedLength: number;
  /** CRC-32 of these bytes. */
  crc: number;
  /** False if it was cut off. */
  complete: boolean;
  /** Bytes that went over the wire; of messages their content, without what the log adds. */
  size: number;
  /** Number of messages. */
  count: number | undefined;
}

/** A body that the metadata lists, and where its bytes are; undefined if there are none or nobody wants them. */
export interface ListedBody {
  entry: BodyEntry;
  source: ByteSource | undefined;
}

/** Kinds of bodies that this version knows. */
export const BODY_KINDS: readonly string[] = ['request', 'response', 'messages'];

/**
 * Reads the list of the bodies.
 * @throws FieldError if it is damaged
 */
export function decodeBodyList(input: MessagePackDecoder): BodyEntry[] {
  const entries: BodyEntry[] = [];
  for (let left = input.list(); left > 0; left--) entries.push(decodeEntry(input));
  return entries;
}

function decodeEntry(input: MessagePackDecoder): BodyEntry {
  const entry: BodyEntry = {
    kind: '',
    length: 0,
    coding: undefined,
    decodedLength: 0,
    crc: 0,
    complete: false,
    size: 0,
    count: undefined,
  };
  for (let left = input.map(); left > 0; left--) {
    switch (input.key()) {
      case 'kind':
        entry.kind = input.text();
        break;
      case 'length':
        entry.length = size('length', input.number());
        break;
      case 'coding':
        entry.coding = coding(input.text());
        break;
      case 'decodedLength':
        entry.decodedLength = size('decodedLength', input.number());
        break;
      case 'crc':
        entry.crc = input.number();
        break;
      case 'complete':
        entry.complete = input.boolean();
        break;
      case 'size':
        entry.size = size('size', input.number());
        break;
      case 'count':
        entry.count = size('count', input.number());
        break;
      default:
        input.skip();
    }
  }
  if (entry.coding && entry.decodedLength === 0) throw new FieldError('decodedLength', 'there');
  return entry;
}

function coding(name: string): Compression {
  if (name !== 'gzip' && name !== 'zstd') throw new FieldError('coding', 'gzip or zstd');
  return name;
}

function size(key: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new FieldError(key, 'a size');
  return value;
}

/**
 * What there is to list of a flow. A body that is empty and complete is left out, as is an empty log of a connection.
 * The CRC is for the writer to fill in.
 */
export function bodiesOf(flow: Flow): ListedBody[] {
  const bodies: ListedBody[] = [];
  if (flow.type === 'dns') return bodies;
  if (flow.type !== 'http') {
    if (flow.messages.count > 0) bodies.push(listMessages(flow.messages));
    return bodies;
  }
  const { request, response, messages } = flow;
  if (request.body.size > 0 || !request.body.complete) bodies.push(listBody('request', request.body));
  if (response && (response.body.size > 0 || !response.body.complete)) bodies.push(listBody('response', response.body));
  if (messages) bodies.push(listMessages(messages));
  return bodies;
}

function listBody(kind: string, body: Body): ListedBody {
  const source = body.stored;
  const { complete, size } = body;
  const length = source?.size ?? 0;
  const entry = { kind, length, coding: undefined, decodedLength: 0, crc: 0, complete, size, count: undefined };
  return { entry, source };
}

function listMessages(messages: MessageLog): ListedBody {
  const source = messages.stored;
  const { count, size } = messages;
  const length = source?.size ?? 0;
  const entry = {
    kind: 'messages',
    length,
    coding: undefined,
    decodedLength: 0,
    crc: 0,
    complete: true,
    size,
    count,
  };
  return { entry, source };
}
