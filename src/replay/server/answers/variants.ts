import { releaseFlow } from '../../../flow/flow.js';
import type { Headers } from '../../../flow/http/headers.js';
import { copyText } from '../../../flow/text/unread-text.js';
import { selectingNames } from '../key/variant.js';
import type { AnswerFiles } from './answer-files.js';

/** Maximum number of answers to one request among which headers decide; more are used in their order. */
const MAX_ANSWERS = 1000;

/** Answers to one request, by the values of the headers that decide. */
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
    if (!this.files.index.isVaried(first)) return [];
    if (!this.choices.has(first)) this.choices.set(first, this.choiceOf(first));
    const choice = this.choices.get(first);
    return choice?.answers.get(valuesOf(headers, choice.names)) ?? [];
  }

  private choiceOf(first: number): Choice | undefined {
    const { index, keys } = this.files;
    const entries: { entry: number; headers: Headers }[] = [];
    const names = new Set<string>();
    for (const entry of index.answersTo(first)) {
      if (entries.length === MAX_ANSWERS) return undefined;
      const flow = this.files.read(entry);
      if (!flow) continue;
      for (const name of selectingNames(flow, keys)) names.add(name);
      entries.push({ entry, headers: flow.request.headers });
      releaseFlow(flow);
    }
    // A header that was always the same decides nothing, and a new client may have another value.
    const deciding = [...names].filter((name) => new Set(entries.map(({ headers }) => headers.get(name))).size > 1);
    const answers = new Map<string, number[]>();
    for (const { entry, headers } of entries) {
      const values = copyText(valuesOf(headers, deciding));
      const same = answers.get(values);
      if (same) same.push(entry);
      else answers.set(values, [entry]);
    }
    return deciding.length > 0 ? { names: deciding.map(copyText), answers } : undefined;
  }
}

function valuesOf(headers: Headers, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => headers.get(name) ?? null));
}
