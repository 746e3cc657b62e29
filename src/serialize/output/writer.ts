import type { Flow } from '../../flow/flow.js';

/**
 * Takes whole records of the native format as bytes. They must refer only to certificate chains that are in the same file.
 */
export interface RecordCopier {
  /** Number of the current file: it changes with each new file. */
  readonly file: number;
  /**
   * Number of records that can be copied now, without a change of files.
   * @param ends offsets of their ends
   */
  room(ends: readonly number[]): number;
  /**
   * Queues records, for which there must be room.
   * @param bytes must not change
   * @returns a promise only if the output is behind
   */
  copy(bytes: Buffer, ends: readonly number[]): undefined | Promise<void>;
}

/** Writes flows that have ended to an output, each as a whole and in the order of the calls. */
export interface FlowWriter {
  /**
   * Queues a flow that has ended.
   * @returns a promise only if the flow must not change until a body on disk is copied, or if the output is behind. It
   * rejects if such a body cannot be read.
   * @throws Error if the format cannot represent the flow, or the writer is closed
   */
  write(flow: Flow): undefined | Promise<void>;
  /**
   * Resolves when the output has accepted all flows whose `write` has returned or resolved, or has failed. With `fsync`, they are
   * on the disk then.
   */
  flushed(): Promise<void>;
  /** Copies records of the native format into the output; absent if it does not consist of such records. */
  readonly records?: RecordCopier | undefined;
  /** Bytes in the output including queued data, as far as known. */
  readonly size: number;
  /** Writes queued data and closes the output. Failures go to `onError`. */
  close(): Promise<void>;
}
