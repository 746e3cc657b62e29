import type { Flow } from '../../flow/flow.js';
import type { WriterOptions } from '../format.js';
import { encodeFlow } from '../json/flow.js';
import { JsonPieces } from '../json/text/json-pieces.js';
import { EncodedWriter, type FlowEncoder } from '../output/encoded-writer.js';
import type { Piece } from '../output/pieces.js';
import type { Sink } from '../output/sinks.js';
import type { FlowWriter } from '../output/writer.js';

export function createLineWriter(sink: Sink, options: WriterOptions): FlowWriter {
  return new EncodedWriter(sink, new LineEncoder(), options);
}

/** JSON Lines: one object per flow, each on its own line. */
class LineEncoder implements FlowEncoder {
  encode(flow: Flow): Piece[] {
    const out = new JsonPieces();
    encodeFlow(out, flow);
    out.add('\n');
    return out.end();
  }
}
