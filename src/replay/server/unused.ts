import { releaseFlow } from '../../flow/flow.js';
import type { AnswerFiles } from './answers/answer-files.js';
import { namesOf } from './miss/miss.js';
import type { UnusedAnswer } from './results.js';

/**
 * Reads the requests of answers that were never sent.
 * @param reuse whether later answers to the same request are left out, because only the first one is used
 * @param limit maximum number of requests
 */
export function unusedAnswers(files: AnswerFiles, reuse: boolean, limit = Number.POSITIVE_INFINITY): UnusedAnswer[] {
  const found: UnusedAnswer[] = [];
  for (const entry of files.index.unused(reuse)) {
    if (found.length >= limit) break;
    const flow = files.read(entry);
    if (!flow) continue;
    found.push(namesOf(flow.request));
    releaseFlow(flow);
  }
  return found;
}
