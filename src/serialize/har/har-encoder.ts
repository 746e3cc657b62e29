import type { Flow } from '../../flow/flow.js';
import { EncodedWriter, type FlowEncoder } from '../encoded-writer.js';
import type { WriterOptions } from '../format.js';
import { JsonPieces } from '../json/json-pieces.js';
import type { Piece } from '../pieces.js';
import type { Sink } from '../sinks.js';
import type { FlowWriter } from '../writer.js';
import { encodeEntry } from './encode-entry.js';

/** So many connections are remembered, to tell new ones from those that are used again. */
const CONNECTIONS_REMEMBERED = 8192;

export function createHarWriter(sink: Sink, options: WriterOptions): FlowWriter {
  return new EncodedWriter(sink, new HarEncoder(options.version), options);
}

/** HAR 1.2: http://www.softwareishard.com/blog/har-12-spec/. An entry is a line, and the file need not fit into memory. */
class HarEncoder implements FlowEncoder {
  readonly opening: Buffer;
  readonly separator = Buffer.from(',\n');
  readonly closing = Buffer.from('\n]}}\n');
  private readonly connections = new Set<string>();

  constructor(version = '') {
    const creator = JSON.stringify({ name: 'tsdump', version });
    this.opening = Buffer.from(`{"log":{"version":"1.2","creator":${creator},"pages":[],"entries":[\n`);
  }

  encode(flow: Flow): Piece[] | undefined {
    if (flow.type !== 'http') return undefined;
    const out = new JsonPieces();
    encodeEntry(out, flow, this.isNew(flow.server.id));
    return out.end();
  }

  private isNew(connection: string): boolean {
    if (this.connections.has(connection)) return false;
    this.connections.add(connection);
    if (this.connections.size > CONNECTIONS_REMEMBERED)
      this.connections.delete(this.connections.values().next().value!);
    return true;
  }
}
