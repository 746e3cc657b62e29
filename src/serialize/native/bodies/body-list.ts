import type { Body, ByteSource } from '../../../flow/body/body.js';
import type { EventMarks } from '../../../flow/body/event-marks.js';
import type { MessageLog } from '../../../flow/body/messagelog.js';
import type { Flow } from '../../../flow/flow.js';
import type { Compression } from '../../compression/codec.js';

/** What the metadata says of one body. */
export interface BodyEntry {
  /** `request`, `response`, `marks` or `messages`; those of other kinds are kept as they are. */
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
  /** Bytes that went over the wire; of messages their content, without what the log adds; of marks what they take here. */
  size: number;
  /** Number of messages or marks. */
  count: number | undefined;
}

/** A body that the metadata lists, and where its bytes are; undefined if there are none or nobody wants them. */
export interface ListedBody {
  entry: BodyEntry;
  source: ByteSource | undefined;
}

/** Kinds of bodies that this version knows. */
export const BODY_KINDS: readonly string[] = ['request', 'response', 'marks', 'messages'];

/**
 * What there is to list of a flow. A body that is empty and complete is left out, as is an empty log of a connection.
 * The CRC is for the writer to fill in.
 */
export function bodiesOf(flow: Flow): ListedBody[] {
  const bodies: ListedBody[] = [];
  if (flow.type === 'dns') return bodies;
  if (flow.type !== 'http') {
    if (flow.messages.count > 0) bodies.push(listLog('messages', flow.messages));
    return bodies;
  }
  const { request, response, messages } = flow;
  if (request.body.size > 0 || !request.body.complete) bodies.push(listBody('request', request.body));
  if (response && (response.body.size > 0 || !response.body.complete)) bodies.push(listBody('response', response.body));
  const marks = response?.marks;
  // They say where in the body something came, and not in one that an addon set.
  if (marks && marks.count > 0 && !response.body.changed) bodies.push(listLog('marks', marks));
  if (messages) bodies.push(listLog('messages', messages));
  return bodies;
}

function listBody(kind: string, body: Body): ListedBody {
  const source = body.stored;
  const { complete, size } = body;
  const length = source?.size ?? 0;
  const entry = { kind, length, coding: undefined, decodedLength: 0, crc: 0, complete, size, count: undefined };
  return { entry, source };
}

function listLog(kind: string, log: MessageLog | EventMarks): ListedBody {
  const source = log.stored;
  const { count, size } = log;
  const length = source?.size ?? 0;
  const entry = { kind, length, coding: undefined, decodedLength: 0, crc: 0, complete: true, size, count };
  return { entry, source };
}
