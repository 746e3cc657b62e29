import type { ByteSource } from '../../../flow/body/body.js';
import type { Flow, FlowSource } from '../../../flow/flow.js';
import { paddedRead } from '../../input/padded-read.js';
import type { Piece } from '../../output/pieces.js';
import { FlowDecoder } from '../flow-decoder.js';
import type { RecordOutline } from '../tnetstring/record-outline.js';
import { VERSIONS } from '../versions.js';

/**
 * Copies records as bytes, so that unchanged flows keep data that tsdump cannot represent. A flow is unchanged if encoding it
 * gives the content of its record.
 */
export class RecordCopy {
  private readonly decoder = new FlowDecoder();

  /** @param encode may leave out messages that are not in memory */
  constructor(private readonly encode: (flow: Flow) => Piece[]) {}

  /** The record of a flow; undefined if the flow was changed, or has no complete record of the newest version. */
  of(flow: Flow): Piece[] | undefined {
    const { source } = flow;
    if (!(source instanceof MitmproxySource) || source.version !== VERSIONS.newest) return undefined;
    const { outline } = source;
    if (!outline.complete) return undefined;
    if (source.untouched) return piecesOf(outline);
    const recorded = this.decoder.decode(outline).flow;
    if (!sameSources(recorded, flow)) return undefined;
    return samePieces(this.encode(flow), this.encode(recorded)) ? piecesOf(outline) : undefined;
  }
}

/** Whether payloads outside memory are those of the record. */
function sameSources(one: Flow, other: Flow): boolean {
  const [these, those] = [sourcesOf(one), sourcesOf(other)];
  return these.every((source, at) => source?.buffer !== undefined || source === those[at]);
}

function sourcesOf(flow: Flow): (ByteSource | undefined)[] {
  if (flow.type === 'dns') return [];
  if (flow.type !== 'http') return [flow.messages.stored];
  return [flow.request.body.stored, flow.response?.body.stored, flow.messages?.stored];
}

function samePieces(these: readonly Piece[], those: readonly Piece[]): boolean {
  if (these.length !== those.length) return false;
  return these.every((piece, at) => {
    const other = those[at];
    return Buffer.isBuffer(piece) ? Buffer.isBuffer(other) && piece.equals(other) : !Buffer.isBuffer(other);
  });
}

/** The pieces of a whole record: the outline with its payloads. */
function piecesOf({ bytes, start, end, holes }: RecordOutline): Piece[] {
  const pieces: Piece[] = [];
  let at = start;
  for (const hole of holes) {
    const raw = hole.raw!;
    pieces.push(bytes.subarray(at, hole.at), raw.buffer ?? (() => paddedRead(raw, hole.length)));
    at = hole.at;
  }
  pieces.push(bytes.subarray(at, end));
  return pieces;
}

/** The record that a flow was read from, so that an unchanged flow can be copied as bytes. */
export class MitmproxySource implements FlowSource {
  readonly format = 'mitmproxy';
  untouched = false;

  constructor(
    readonly outline: RecordOutline,
    readonly version: number,
  ) {}
}
