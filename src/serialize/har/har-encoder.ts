import type { Flow } from '../../flow/flow.js';
import type { WriterOptions } from '../format.js';
import { JsonPieces, members } from '../json/text/json-pieces.js';
import { EncodedWriter, type FlowEncoder } from '../output/encoded-writer.js';
import type { Piece } from '../output/pieces.js';
import type { Sink } from '../output/sinks.js';
import type { FlowWriter } from '../output/writer.js';
import { encodeEntry } from './encode-entry.js';
import { harExtras } from './extras.js';
import { WrittenLog } from './har-log.js';

/** Maximum number of remembered connections, for telling new ones from reused ones. */
const CONNECTIONS_REMEMBERED = 8192;

export function createHarWriter(sink: Sink, options: WriterOptions): FlowWriter {
  return new EncodedWriter(sink, new HarEncoder(options.version), options);
}

/** HAR 1.2: http://www.softwareishard.com/blog/har-12-spec/. Each entry is one line; the file may exceed memory. */
class HarEncoder implements FlowEncoder {
  readonly opening: Buffer;
  readonly separator = Buffer.from(',\n');
  private readonly connections = new Set<string>();
  private readonly log = new WrittenLog();

  constructor(version = '') {
    const creator = JSON.stringify({ name: 'tsdump', version });
    this.opening = Buffer.from(`{"log":{"version":"1.2","creator":${creator},"entries":[\n`);
  }

  encode(flow: Flow): Piece[] | undefined {
    if (flow.type !== 'http') return undefined;
    const out = new JsonPieces();
    const extras = harExtras(flow);
    encodeEntry(out, flow, this.isNew(flow.server.id), extras && this.log.add(extras));
    return out.end();
  }

  /** Comes last, because the pages are known only after all entries. */
  get closing(): Buffer {
    return Buffer.from(`\n],${members(this.log.members)}}}\n`);
  }

  private isNew(connection: string): boolean {
    if (this.connections.has(connection)) return false;
    this.connections.add(connection);
    if (this.connections.size > CONNECTIONS_REMEMBERED)
      this.connections.delete(this.connections.values().next().value!);
    return true;
  }
}
