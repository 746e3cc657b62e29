import { HEAD_SIZE, KIND_FLOW, recordLength } from '../../../serialize/native/record/record.js';
import type { RecordCopier } from '../../../serialize/output/writer.js';
import type { Label } from '../label.js';

/** The certificate chains that a file of an output contains: those of the worker from the number `from` on. */
interface Known {
  file: number;
  /** Number of the first of these chains. */
  from: number;
}

/** Copies the records of one worker into outputs of the same format, without decoding them. */
export class RecordRun {
  private readonly known = new Map<RecordCopier, Known>();
  private readonly ends: number[] = [];
  /** Resolves when the outputs are no longer behind; undefined if they are not behind. */
  behind: Promise<unknown> | undefined;

  /**
   * Copies the record at `at`, and the following records that have no label.
   * @param label of the first record
   * @returns the number of copied bytes; 0 if the record has to be decoded
   */
  copy(bytes: Buffer, at: number, label: Label, outputs: readonly RecordCopier[]): number {
    if (!this.hasChains(label, outputs)) return 0;
    const { ends } = this;
    ends.length = 0;
    let end = at;
    do {
      const length = wholeRecord(bytes, end);
      if (length === 0) break;
      end += length;
      ends.push(end - at);
    } while (!label.isSet);
    for (const output of outputs) ends.length = output.room(ends);
    const size = ends.at(-1);
    if (size === undefined) return 0;
    const chunk = bytes.subarray(at, at + size);
    this.behind = undefined;
    for (const output of outputs) {
      const pending = output.copy(chunk, ends);
      if (pending) this.behind = Promise.all([this.behind, pending]);
    }
    return size;
  }

  /**
   * Registers a decoded record that contained a chain.
   * @param all the outputs that copy records
   * @param written the outputs that have written this record
   */
  noteChain(chain: number, all: readonly RecordCopier[], written: readonly RecordCopier[]): void {
    for (const output of all) {
      const { file } = output;
      const known = this.known.get(output);
      if (!written.includes(output)) this.known.set(output, { file, from: chain + 1 });
      else if (known?.file !== file) this.known.set(output, { file, from: chain });
    }
  }

  /** Whether the current file of each output contains the chains that the record refers to. */
  private hasChains({ chain, isContained }: Label, outputs: readonly RecordCopier[]): boolean {
    if (chain === undefined) return true;
    if (isContained || chain === 0) return false;
    for (const output of outputs) {
      const known = this.known.get(output);
      if (!known || known.file !== output.file || known.from > chain) return false;
    }
    return true;
  }
}

/** The length of the record of a flow; 0 if it is incomplete or of another kind. */
function wholeRecord(bytes: Buffer, at: number): number {
  if (bytes.length - at < HEAD_SIZE) return 0;
  const length = recordLength(bytes, at, KIND_FLOW);
  return length <= bytes.length - at ? length : 0;
}
