import type { Flow } from '../../flow/flow.js';

/** Puts flows that have ended into an output, each as a whole and in the order of the calls. */
export interface FlowWriter {
  /**
   * Queues a flow that has ended.
   * @returns a promise only if the flow has to stay as it is until a body on disk is copied, or if the output is
   * behind. It rejects if such a body cannot be read.
   * @throws Error if the flow cannot be put into the format, or the writer is closed
   */
  write(flow: Flow): undefined | Promise<void>;
  /** Bytes in the output with what is queued, as far as that is known. */
  readonly size: number;
  /** Writes what is queued and closes the output. Failures go to `onError`. */
  close(): Promise<void>;
}
