import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ByteLog } from '../../../flow/body/byte-log.js';
import type { Flow } from '../../../flow/flow.js';
import { WHOLE_CHAINS } from '../../shared/certificates.js';
import { bodiesOf } from '../bodies/body-list.js';
import { GeneralPacker } from '../metadata/general-packer.js';
import { MetadataEncoder } from '../metadata/metadata-encoder.js';
import {
  encodeHead,
  HEAD_SIZE,
  KIND_LIVE_BYTES,
  KIND_LIVE_END,
  KIND_LIVE_FLOW,
  WRITER_SIZE,
} from '../record/record.js';
import { JournalCopy } from './journal-copy.js';

/** Maximum bytes of a body in one record of the journal. */
const PIECE = 1024 * 1024;
/** Maximum bytes about ended flows. Above this size, the journal is rewritten if they are more than half of it. */
const DEAD_LIMIT = 64 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** The state of a flow in the journal. */
interface Entry {
  /** The objects of the flow when it was last written. A replaced object indicates a change. */
  facts: unknown[];
  /** The bodies in the journal, with the number of bytes written of each. */
  written: Map<string, { source: ByteLog; size: number }>;
  /** Bytes of the journal that belong to the flow. */
  bytes: number;
}

export interface LiveJournalOptions {
  /** Maximum bytes of a body to store. Default: no limit. */
  bodyLimit?: (flow: Flow, kind: string) => number;
  /** Maximum bytes about ended flows, as in `DEAD_LIMIT`. */
  deadLimit?: number;
  /**
   * Returns a copy of a flow to store in place of the flow, without bodies and messages. By default the flow is stored with
   * them.
   */
  headsOf?: (flow: Flow) => Flow;
}

/**
 * A file with the flows in progress, for recovery after the program was killed: the heads of each flow, and its bodies and
 * messages as they arrive. The file exists only while flows are in progress. `docs/flow-format.md` describes its records.
 */
export class LiveJournal {
  private readonly id = randomBytes(WRITER_SIZE);
  private readonly packer = new GeneralPacker();
  /** Flows have their whole certificate chains: the journal may be read without the flows of the capture. */
  private readonly encoder = new MetadataEncoder({ chains: WHOLE_CHAINS, packFacts: this.packer.packFacts });
  private readonly entries = new Map<string, Entry>();
  private file: FileHandle | undefined;
  /** Whether this journal has created its file. */
  private exists = false;
  private size = 0;
  /** Bytes in the file about ended flows. */
  private dead = 0;
  private readonly bodyLimit: (flow: Flow, kind: string) => number;
  private readonly deadLimit: number;
  private readonly headsOf: ((flow: Flow) => Flow) | undefined;

  constructor(
    private path: string,
    { bodyLimit = () => Number.POSITIVE_INFINITY, deadLimit = DEAD_LIMIT, headsOf }: LiveJournalOptions = {},
  ) {
    this.bodyLimit = bodyLimit;
    this.deadLimit = deadLimit;
    this.headsOf = headsOf;
  }

  /**
   * Writes the changes of these flows, and removes the file when it is empty. Calls must not overlap.
   * @param gone ids of flows that are in the capture
   * @throws Error (of `fs`) if the file cannot be written
   */
  async update(flows: readonly Flow[], gone: readonly string[]): Promise<void> {
    for (const id of gone) this.dead += this.entries.get(id)?.bytes ?? 0;
    for (const id of gone) if (this.entries.delete(id) && this.entries.size > 0) await this.writeEnd(id);
    if (flows.length === 0 && this.entries.size === 0) return this.remove();
    // Without flows in progress, the file is removed soon: when the last ended flow is in the capture.
    if (flows.length > 0 && this.dead > this.deadLimit && this.dead > this.size / 2) await this.compact();
    for (const flow of flows) await this.writeFlow(flow);
  }

  /** Renames the journal after its capture was renamed. */
  async moveTo(path: string): Promise<void> {
    if (path === this.path) return;
    if (this.file) await rename(this.path, path);
    this.path = path;
  }

  /** Closes and removes the file, also after a failure. */
  async remove(): Promise<void> {
    const { exists } = this;
    this.entries.clear();
    this.exists = false;
    this.size = 0;
    this.dead = 0;
    await this.close();
    if (exists) await rm(this.path, { force: true });
  }

  /** Closes the file and leaves it in place. */
  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  private async writeFlow(flow: Flow): Promise<void> {
    let entry = this.entries.get(flow.id);
    const facts = factsOf(flow);
    if (!entry || entry.facts.some((fact, at) => fact !== facts[at])) {
      entry ??= { facts, written: new Map(), bytes: 0 };
      entry.facts = facts;
      this.entries.set(flow.id, entry);
      entry.bytes += await this.append(KIND_LIVE_FLOW, this.encode(this.headsOf ? this.headsOf(flow) : flow));
    }
    if (this.headsOf) return;
    for (const { entry: body, source } of bodiesOf(flow)) {
      if (!(source instanceof ByteLog)) continue;
      const before = entry.written.get(body.kind);
      const from = before?.source === source ? before.size : 0;
      const to = Math.min(source.size, this.bodyLimit(flow, body.kind));
      for await (const piece of pieces(source, from, to)) {
        const metadata = this.packer.pack({ id: flow.id, kind: body.kind, offset: piece.at, crc: crc32(piece.bytes) });
        entry.bytes += await this.append(KIND_LIVE_BYTES, metadata, piece.bytes);
        entry.written.set(body.kind, { source, size: piece.at + piece.bytes.length });
      }
    }
  }

  private async writeEnd(id: string): Promise<void> {
    this.dead += await this.append(KIND_LIVE_END, this.packer.pack({ id }));
  }

  /**
   * Replaces the journal by a copy without the flows that are in the capture. Records are copied, as ended flows that the capture
   * may lack have released their bodies.
   */
  private async compact(): Promise<void> {
    const copy = await JournalCopy.make(this.path, (id) => this.entries.has(id));
    await this.file?.close();
    this.file = copy.file;
    this.size = copy.size;
    this.dead = 0;
  }

  private encode(flow: Flow): Uint8Array {
    // The entries of the bodies. Their bytes follow in records of their own.
    const bodies = bodiesOf(flow).map(({ entry }) => ({ entry: { ...entry, length: 0 }, source: undefined }));
    this.encoder.encode(flow, bodies);
    return this.encoder.bytes.subarray(0, this.encoder.length);
  }

  private async append(kind: number, metadata: Uint8Array, bytes: Uint8Array = NOTHING): Promise<number> {
    const record = Buffer.allocUnsafe(HEAD_SIZE + metadata.length + bytes.length);
    record.set(metadata, HEAD_SIZE);
    record.set(bytes, HEAD_SIZE + metadata.length);
    encodeHead(record, 0, this.id, metadata.length, bytes.length, 0, kind);
    this.file ??= await open(this.path, 'w', 0o600);
    this.exists = true;
    await this.file.appendFile(record);
    this.size += record.length;
    return record.length;
  }
}

/** Reads part of a log in pieces that fit into a record. Ends early if the log is released in the meantime. */
async function* pieces(source: ByteLog, from: number, to: number): AsyncGenerator<{ at: number; bytes: Buffer }> {
  let at = from;
  let pending: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source.read(from, to)) {
      pending.push(chunk);
      size += chunk.length;
      if (size < PIECE && at + size < to) continue;
      const bytes = Buffer.concat(pending, size);
      yield { at, bytes };
      at += size;
      pending = [];
      size = 0;
    }
  } catch (error) {
    // The flow has ended in the meantime and released its spool file; the capture gets the complete flow.
    if (!source.isReleased) throw error;
  }
}

/** The objects of a flow that are replaced when its state changes. */
function factsOf(flow: Flow): unknown[] {
  const { client, server, error } = flow;
  const { peer, timestampTcpSetup, tls, timestampEnd } = server;
  const facts: unknown[] = [server, peer, timestampTcpSetup, tls, timestampEnd, client.tls, error];
  if (flow.type !== 'http') return facts;
  const { request, response, interim, messages, websocket } = flow;
  const hasMarks = (response?.marks?.count ?? 0) > 0;
  facts.push(request.body.complete, request.headers, interim?.length, response, response?.body.complete, hasMarks);
  facts.push(messages, websocket);
  return facts;
}
