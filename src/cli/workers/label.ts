import { encodeHead, HEAD_SIZE, KIND_LABEL } from '../../serialize/native/record/record.js';
import type { WriteQueue } from '../../serialize/output/write-queue.js';

/** The label says which groups the flow belongs to. */
const GROUPS = 1;
/** The label has the flow's id: the flow may be in the journal of the worker. */
const ID = 2;
/** The label has the number of a chain of certificates. */
const CHAIN = 4;
/** The flow's record contains the chain with this number; otherwise it refers to it. */
const CONTAINS = 8;

/** Younger flows, in seconds, are not in the journal of a worker. */
export const YOUNG = 0.3;

const FLAGS_SIZE = 1;
const CHAIN_SIZE = 8;
const ID_LENGTH_SIZE = 4;

/** What is known of the next record. */
export interface LabelFields {
  /** Which groups the flow belongs to, as bits; undefined if there is one group. */
  readonly groups: Uint8Array | undefined;
  /** The id of a flow that may be in a journal. */
  readonly id: string | undefined;
  /**
   * The number of the chain of certificates that the record contains, or the oldest that it refers to; 0 if it is unknown.
   * Undefined if there are no chains.
   */
  readonly chain: number | undefined;
  readonly isContained: boolean;
}

/**
 * Queues what precedes the record of a flow between processes: a record of its own, which readers of captures skip. Its metadata
 * are flags, the groups, the id after its length, and the number of a chain. Fields that are absent have no bytes.
 * @param writer as in `encodeHead`
 */
export function writeLabel(queue: WriteQueue, writer: Buffer, { groups, id, chain, isContained }: LabelFields): void {
  const hasId = id !== undefined;
  const idSize = hasId ? Buffer.byteLength(id) : 0;
  const hasChain = chain !== undefined;
  const size = FLAGS_SIZE + (groups?.length ?? 0) + (hasId ? ID_LENGTH_SIZE + idSize : 0) + (hasChain ? CHAIN_SIZE : 0);
  const start = queue.reserve(HEAD_SIZE + size);
  const { bytes } = queue;
  let at = start + HEAD_SIZE;
  bytes[at++] = (groups ? GROUPS : 0) | (hasId ? ID : 0) | (hasChain ? CHAIN : 0) | (isContained ? CONTAINS : 0);
  if (groups) {
    bytes.set(groups, at);
    at += groups.length;
  }
  if (hasId) {
    at = bytes.writeUInt32LE(idSize, at);
    at += bytes.write(id, at);
  }
  if (hasChain) bytes.writeDoubleLE(chain, at);
  encodeHead(bytes, start, writer, size, 0, 0, KIND_LABEL);
}

/** The label of the next record. */
export class Label implements LabelFields {
  groups: Buffer | undefined;
  id: string | undefined;
  chain: number | undefined;
  isContained = false;
  /** Whether there is a label. */
  isSet = false;

  clear(): void {
    this.isSet = false;
    this.groups = undefined;
    this.id = undefined;
    this.chain = undefined;
    this.isContained = false;
  }

  /**
   * Reads the metadata of a label.
   * @param groupsSize bytes of the groups
   * @throws RangeError if it is too short
   */
  read(bytes: Buffer, start: number, groupsSize: number): void {
    this.clear();
    this.isSet = true;
    const flags = bytes[start]!;
    let at = start + FLAGS_SIZE;
    if (flags & GROUPS) {
      // Copied: it must not keep what was received in memory.
      this.groups = Buffer.from(bytes.subarray(at, at + groupsSize));
      at += groupsSize;
    }
    if (flags & ID) {
      const start = at + ID_LENGTH_SIZE;
      at = start + bytes.readUInt32LE(at);
      this.id = bytes.toString('utf8', start, at);
    }
    if (flags & CHAIN) this.chain = bytes.readDoubleLE(at);
    this.isContained = (flags & CONTAINS) !== 0;
  }
}
