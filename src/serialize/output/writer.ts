import type { Flow } from '../../flow/flow.js';

/** Takes complete records of the native format as bytes. The certificate chains that they refer to must be in the same file. */
export interface RecordCopier {
  /** Number of the current file, incremented for each new file. */
  readonly file: number;
  /**
   * Number of these records that can be copied now, into the current file.
   * @param ends offsets of their ends
   */
  room(ends: readonly number[]): number;
  /**
   * Queues records that fit according to `room`.
   * @param bytes must not change
   * @returns a promise only if the output is behind
   */
  copy(bytes: Buffer, ends: readonly number[]): undefined | Promise<void>;
}

/** Writes ended flows to an output, each without interruption and in the order of the calls. */
export interface FlowWriter {
  /**
   * Queues an ended flow.
   * @returns a promise if the flow must not change until a body on disk is copied, or if the output is behind; rejects if the
   * body cannot be read
   * @throws Error if the format cannot represent the flow, or the writer is closed
   */
  write(flow: Flow): undefined | Promise<void>;
  /**
   * Resolves when the output has accepted all flows whose `write` has returned or resolved, or has failed. With `fsync`, they
   * are then on the disk.
   */
  flushed(): Promise<void>;
  /** Copies records of the native format into the output; undefined if the output has another format or compression. */
  readonly records?: RecordCopier | undefined;
  /** Size of the output in bytes, including queued data as far as its size is known. */
  readonly size: number;
  /** Writes queued data and closes the output. Failures go to `onError`. */
  close(): Promise<void>;
}
