import type { Body, ByteSource } from '../../../flow/body/body.js';
import type { EventMarks } from '../../../flow/body/event-marks.js';
import type { Flow } from '../../../flow/flow.js';
import type { MessageLog } from '../../../flow/message-log/message-log.js';
import type { Compression } from '../../compression/codec.js';

/** The entry of one body in the metadata. */
export interface BodyEntry {
  /** `request`, `response`, `marks` or `messages`; entries of other kinds are preserved. */
  kind: string;
  /** Size in the record; 0 if the body was not kept. */
  length: number;
  /** Compression of these bytes. */
  coding: Compression | undefined;
  /** With `coding`: size after decompressing. */
  decodedLength: number;
  /** CRC-32 of the bytes in the record. */
  crc: number;
  /** False if the body is incomplete. */
  complete: boolean;
  /**
   * Size on the wire. For messages: the size of their content, without the log's framing; for marks: their size in the record.
   */
  size: number;
  /** Number of messages or marks. */
  count: number | undefined;
}

/** A listed body and its bytes; undefined if the body is empty, was not kept or is not needed. */
export interface ListedBody {
  entry: BodyEntry;
  source: ByteSource | undefined;
}

/** Kinds of bodies that this version knows. */
export const BODY_KINDS: readonly string[] = ['request', 'response', 'marks', 'messages'];

/**
 * Lists the bodies of a flow. A complete empty body and an empty log of a connection are omitted. The CRCs are set later by the
 * writer.
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
  // Marks are positions in the received body, so they are dropped if an addon has replaced it.
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
