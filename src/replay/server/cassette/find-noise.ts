import { releaseFlow } from '../../../flow/flow.js';
import type { AnswerFiles } from '../answers/answer-files.js';
import type { KeyOptions } from '../key/key-options.js';
import { requestFields, SIGNATURE_SIZE, signatureOf } from '../key/request-key.js';
import { urlOf } from '../miss/miss.js';
import { differencesOf } from '../miss/request-differences.js';
import { noiseRules } from './noise.js';

/**
 * Noise is a difference from run to run, such as a timestamp, because of which the same request is recorded again and again.
 */
export interface Noise {
  /** Method and URL of one such request. */
  readonly request: string;
  /** Rules for `--ignore`. */
  readonly rules: readonly string[];
  readonly count: number;
}

/** Maximum number of similar requests to compare with a new one. */
const CANDIDATES = 4;

/**
 * Finds new answers whose requests differ from earlier ones only by noise.
 * @param from the first new answer
 */
export async function findNoise(files: AnswerFiles, keys: KeyOptions, from: number): Promise<Noise[]> {
  const found = new Map<string, Noise>();
  const signature = new Uint32Array(SIGNATURE_SIZE);
  for (let entry = from; entry < files.index.size; entry++) {
    const flow = files.read(entry);
    if (!flow) continue;
    const fields = await requestFields(flow, keys);
    signatureOf(fields, signature);
    for (const other of files.index.closest(signature, CANDIDATES, entry)) {
      const before = files.read(other);
      if (!before) continue;
      const rules = noiseRules(differencesOf(await requestFields(before, keys), fields));
      releaseFlow(before);
      if (!rules) continue;
      const { method } = flow.request;
      const name = rules.join(' ');
      const known = found.get(name);
      found.set(name, {
        request: known?.request ?? `${method} ${urlOf(flow.request)}`,
        rules,
        count: (known?.count ?? 0) + 1,
      });
      break;
    }
    releaseFlow(flow);
  }
  return [...found.values()];
}
