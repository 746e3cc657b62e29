import { encodeHead, HEAD_SIZE, KIND_LABEL } from '../../serialize/native/record/record.js';
import type { WriteQueue } from '../../serialize/output/write-queue.js';

/** Flag: the label contains the groups of the flow. */
const GROUPS = 1;
/** Flag: the label contains the flow's id, because the worker's journal may contain the flow. */
const ID = 2;
/** Flag: the label contains the number of a certificate chain. */
const CHAIN = 4;
/** Flag: the record contains the chain with this number. Without the flag, the record refers to it. */
const CONTAINS = 8;

/** Age in seconds below which a flow is not in a worker's journal yet. */
export const YOUNG = 0.3;

const FLAGS_SIZE = 1;
const CHAIN_SIZE = 8;
const ID_LENGTH_SIZE = 4;

/** The content of a label: data about the next record that the record itself lacks. */
export interface LabelFields {
  /** A bit for each `FlowGroup`, set if the flow belongs to it; undefined if there is only one group. */
  readonly groups: Uint8Array | undefined;
  /** The id of a flow that may be in the worker's journal. */
  readonly id: string | undefined;
  /**
   * The number of the certificate chain that the record contains, or of the oldest chain that it refers to; 0 if that is
   * unknown. Undefined if the flow has no certificates.
   */
  readonly chain: number | undefined;
  readonly isContained: boolean;
}

/**
 * Queues a label, a record that precedes the record of a flow between processes. Readers of captures skip it. Its metadata
 * consists of flags, groups, length of the id, id, and number of a chain. Absent fields take no bytes.
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
  /** Whether a label has been read for the next record. */
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
   * @param groupsSize size of the groups in bytes
   * @throws RangeError if the metadata is too short
   */
  read(bytes: Buffer, start: number, groupsSize: number): void {
    this.clear();
    this.isSet = true;
    const flags = bytes[start]!;
    let at = start + FLAGS_SIZE;
    if (flags & GROUPS) {
      // A copy, so that the received chunk can be freed.
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
