import { crc32 } from 'node:zlib';
import { ByteLog } from '../../../flow/body/byte-log.js';
import { MARK_SIZE } from '../../../flow/body/event-marks.js';
import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { Flow } from '../../../flow/flow.js';
import { MessageLog } from '../../../flow/message-log/message-log.js';
import { FileInput } from '../../input/input-file.js';
import type { BodyEntry, ListedBody } from '../bodies/body-list.js';
import { FlowDecoder } from '../flow-decoder.js';
import { GeneralPacker } from '../metadata/general-packer.js';
import { KIND_LIVE_BYTES, KIND_LIVE_END, KIND_LIVE_FLOW } from '../record/record.js';
import { journalRecords } from './journal-records.js';

/** The error of flows recovered from a journal. */
export const INCOMPLETE = 'incomplete: the recording was interrupted while this flow was in progress';

/** The journal's data of one flow. */
interface Entry {
  metadata: Buffer;
  bodies: Map<string, ByteLog>;
}

/**
 * The flows of a journal without an end. If the journal is truncated, because the program was killed while writing it, the
 * flows of its complete records are found.
 */
export class JournalFlows {
  private readonly entries = new Map<string, Entry>();
  private readonly packer = new GeneralPacker();

  private constructor(
    private readonly policy: SpoolPolicy,
    /** Time of the last write to the journal, in seconds since the epoch. */
    private readonly time: number,
  ) {}

  /** Reads a journal. @returns undefined if the file does not exist @throws Error (of `fs`) if it cannot be read */
  static async read(path: string, policy: SpoolPolicy): Promise<JournalFlows | undefined> {
    let input: FileInput;
    try {
      input = await FileInput.open(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const flows = new JournalFlows(policy, input.modified);
      await flows.readAll(input);
      return flows;
    } finally {
      await input.close();
    }
  }

  get count(): number {
    return this.entries.size;
  }

  /** Removes a flow that is in the capture. */
  delete(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.delete(id);
    for (const log of entry.bodies.values()) log.release();
  }

  /** Yields each flow once, marked as incomplete; the consumer releases it. */
  async *take(): AsyncGenerator<Flow> {
    const decoder = new FlowDecoder();
    for (const [id, { metadata, bodies }] of this.entries) {
      this.entries.delete(id);
      decoder.open(metadata, 0, metadata.length);
      const listed: ListedBody[] = [];
      for (const entry of decoder.bodies) listed.push(await this.list(entry, bodies.get(entry.kind)));
      const flow = decoder.flow(listed);
      if (!flow) continue;
      flow.error ??= { message: INCOMPLETE, timestamp: this.time, code: 'incomplete' };
      yield flow;
    }
  }

  private async readAll(input: FileInput): Promise<void> {
    for await (const { kind, metadata, bytes } of journalRecords(input)) {
      if (!(await this.add(kind, Buffer.from(metadata), Buffer.from(bytes)))) return;
    }
  }

  /** @returns false at damage */
  private async add(recordKind: number, metadata: Buffer, bytes: Buffer): Promise<boolean> {
    const { id, kind, offset, crc } = this.packer.unpack(metadata);
    if (typeof id !== 'string') return false;
    const entry = this.entries.get(id);
    switch (recordKind) {
      case KIND_LIVE_FLOW:
        if (entry) entry.metadata = metadata;
        else this.entries.set(id, { metadata, bodies: new Map() });
        return true;
      case KIND_LIVE_END:
        this.delete(id);
        return true;
      case KIND_LIVE_BYTES:
        return entry !== undefined && typeof kind === 'string' && crc === crc32(bytes)
          ? this.addBytes(entry, kind, offset, bytes)
          : false;
      default:
        return true;
    }
  }

  private async addBytes(entry: Entry, kind: string, offset: unknown, bytes: Buffer): Promise<boolean> {
    let log = entry.bodies.get(kind);
    if (!log || offset === 0) {
      log?.release();
      log = new ByteLog(this.policy);
      entry.bodies.set(kind, log);
    }
    if (offset !== log.size) return false;
    if (!log.append(bytes)) await log.drained();
    return true;
  }

  /** Lists a body with the size of its data in the journal, which may be incomplete. */
  private async list(entry: BodyEntry, log: ByteLog | undefined): Promise<ListedBody> {
    if (entry.kind === 'messages') return this.listMessages(entry, log);
    const length = log?.size ?? 0;
    const complete = entry.complete && entry.size === length;
    const count = entry.kind === 'marks' ? Math.floor(length / MARK_SIZE) : entry.count;
    return { entry: { ...entry, length, size: length, crc: log?.crc ?? 0, complete, count }, source: log };
  }

  /** An incomplete last message is left out. */
  private async listMessages(entry: BodyEntry, log: ByteLog | undefined): Promise<ListedBody> {
    const whole = new MessageLog();
    whole.keepIn(this.policy);
    for await (const message of MessageLog.of(log, 0, 0)) if (!whole.append(message)) await whole.drained();
    log?.release();
    const source = whole.stored;
    const { count, size } = whole;
    return { entry: { ...entry, length: source?.size ?? 0, count, size }, source };
  }
}
