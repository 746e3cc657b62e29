import type { HttpFlow } from '../../../flow/flow.js';
import type { AnswerFiles } from './answer-files.js';
import { answerOf, inMemory, isAnswer, type RecordedAnswer } from './recorded-answer.js';

/** Estimated size of an answer without its content. */
const OVERHEAD = 2048;
/** Maximum size of an answer in memory; larger answers are read from the file each time. */
const LARGEST = 64 * 1024;

/** Reads answers from captures, and caches the most recently used small ones. */
export class AnswerCache {
  private readonly answers = new Map<number, RecordedAnswer>();
  /** Entries in the order of use. A new iterator for each use would pass all deleted entries of the map. */
  private oldest = this.answers.keys();
  private bytes = 0;

  /** @param limit maximum bytes of all cached answers */
  constructor(
    private readonly files: AnswerFiles,
    private readonly limit: number,
  ) {}

  /**
   * The answer of an entry. The caller releases its response and messages.
   * @returns undefined if the file no longer has it
   */
  get(entry: number): RecordedAnswer | undefined {
    const kept = this.answers.get(entry);
    if (kept) {
      this.answers.delete(entry);
      this.answers.set(entry, kept);
      return { ...kept, response: kept.response?.clone() };
    }
    const flow = this.files.read(entry);
    return flow && this.take(entry, flow);
  }

  private take(entry: number, flow: HttpFlow): RecordedAnswer | undefined {
    if (!isAnswer(flow)) return undefined;
    const answer = answerOf(flow);
    flow.request.body.release();
    if (!answer.messages) flow.messages?.release();
    const size = sizeOf(answer);
    const copy = size > Math.min(LARGEST, this.limit) ? undefined : inMemory(answer);
    if (!copy) return answer;
    // The file is no longer needed, wherever it is read next.
    answer.response?.body.release();
    this.keep(entry, copy, size);
    return { ...copy, response: copy.response?.clone() };
  }

  private keep(entry: number, answer: RecordedAnswer, size: number): void {
    this.answers.set(entry, answer);
    this.bytes += size;
    while (this.bytes > this.limit) {
      const oldest = this.oldest.next().value!;
      this.bytes -= sizeOf(this.answers.get(oldest)!);
      this.answers.delete(oldest);
    }
  }
}

function sizeOf({ response }: RecordedAnswer): number {
  return OVERHEAD + (response ? response.body.size + response.headers.bytes.length : 0);
}
