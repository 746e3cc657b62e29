import type { ByteSource } from '../../../flow/body/body.js';
import type { Flow } from '../../../flow/flow.js';
import { paddedRead } from '../../input/padded-read.js';
import type { Piece } from '../../output/pieces.js';
import { FlowDecoder } from '../flow-decoder.js';
import type { RecordOutline } from '../tnetstring/record-outline.js';
import { VERSIONS } from '../versions.js';
import { MitmproxySource } from './mitmproxy-source.js';

/**
 * Copies records as bytes, so that an unchanged flow keeps what flows of tsdump have no place for. A flow is unchanged if it is
 * encoded to the same as what its record says.
 */
export class RecordCopy {
  private readonly decoder = new FlowDecoder();

  /** @param encode need not encode messages that are not in memory */
  constructor(private readonly encode: (flow: Flow) => Piece[]) {}

  /** The record of a flow; undefined if it has none of the newest version that is all there, or was changed. */
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

/** Whether what is not in memory is what the record has. */
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

/** The whole record: the outline, and each payload in its place. */
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
