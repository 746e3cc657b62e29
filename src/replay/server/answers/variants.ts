import { releaseFlow } from '../../../flow/flow.js';
import type { Headers } from '../../../flow/http/headers.js';
import { copyText } from '../../../flow/text/unread-text.js';
import { MAX_NAMES, selectingNames, valuesHash } from '../key/variant.js';
import type { AnswerFiles } from './answer-files.js';

/** Maximum number of answers to one request among which headers decide; more are used in their order. */
const MAX_ANSWERS = 1000;

const NONE: readonly number[] = [];

/** Answers to one request, by a hash of the values of the headers that decide. */
interface Choice {
  readonly names: readonly string[];
  readonly answers: ReadonlyMap<string, readonly number[]>;
}

/**
 * Chooses among answers to equal requests by the request headers that the recorded responses name in `Vary`, such as `Accept` or
 * `Origin`.
 */
export class Variants {
  private readonly choices = new Map<number, Choice | undefined>();

  constructor(private readonly files: AnswerFiles) {}

  /**
   * The answers that were recorded for a request with the same values of these headers; none if no header decides.
   * @param first the first answer to the request
   */
  preferred(first: number, headers: Headers): readonly number[] {
    if (!this.files.index.isVaried(first)) return NONE;
    if (!this.choices.has(first)) this.choices.set(first, this.choiceOf(first));
    const choice = this.choices.get(first);
    return choice?.answers.get(valuesHash(headers, choice.names)) ?? NONE;
  }

  private choiceOf(first: number): Choice | undefined {
    const { index, keys } = this.files;
    const entries: { entry: number; headers: Headers }[] = [];
    const names = new Set<string>();
    for (const entry of index.answersTo(first)) {
      if (entries.length === MAX_ANSWERS) return undefined;
      const flow = this.files.read(entry);
      if (!flow) continue;
      for (const name of selectingNames(flow, keys)) if (names.size < MAX_NAMES) names.add(name);
      entries.push({ entry, headers: flow.request.headers });
      releaseFlow(flow);
    }
    // A header that was always the same decides nothing, and a new client may have another value.
    const deciding = [...names].filter((name) => new Set(entries.map(({ headers }) => headers.get(name))).size > 1);
    const answers = new Map<string, number[]>();
    for (const { entry, headers } of entries) {
      const values = valuesHash(headers, deciding);
      const same = answers.get(values);
      if (same) same.push(entry);
      else answers.set(values, [entry]);
    }
    return deciding.length > 0 ? { names: deciding.map(copyText), answers } : undefined;
  }
}
