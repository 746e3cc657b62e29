import { HEAD_SIZE, KIND_FLOW, recordLength } from '../../../serialize/native/record/record.js';
import type { RecordCopier } from '../../../serialize/output/writer.js';
import type { Label } from '../label.js';

/** Since when a file of an output has all the chains of certificates that a worker has written. */
interface Known {
  file: number;
  /** Number of the first chain. */
  from: number;
}

/** Copies the records of one worker into outputs of the same format, without decoding them. */
export class RecordRun {
  private readonly known = new Map<RecordCopier, Known>();
  private readonly ends: number[] = [];
  /** Resolves when no output is behind; undefined if none is. */
  behind: Promise<unknown> | undefined;

  /**
   * Copies the record at `at`, and those that follow it in the same way.
   * @param label of the first record
   * @returns the length of what was copied; 0 if the record has to be decoded
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

  /** A record that contains a chain was written by some of the outputs. */
  noteChain(chain: number, all: readonly RecordCopier[], written: readonly RecordCopier[]): void {
    for (const output of all) {
      const { file } = output;
      const known = this.known.get(output);
      if (!written.includes(output)) this.known.set(output, { file, from: chain + 1 });
      else if (known?.file !== file) this.known.set(output, { file, from: chain });
    }
  }

  /** Whether the current files have the chains that the record refers to. */
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

/** The length of a flow's record, if all of it is there; otherwise 0. */
function wholeRecord(bytes: Buffer, at: number): number {
  if (bytes.length - at < HEAD_SIZE) return 0;
  const length = recordLength(bytes, at, KIND_FLOW);
  return length <= bytes.length - at ? length : 0;
}
