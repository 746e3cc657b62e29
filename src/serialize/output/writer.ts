import type { Flow } from '../../flow/flow.js';

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
  /** Bytes in the output including queued data, as far as known. */
  readonly size: number;
  /** Writes queued data and closes the output. Failures go to `onError`. */
  close(): Promise<void>;
}
