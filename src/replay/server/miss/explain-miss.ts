import { releaseFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import type { AnswerFiles } from '../answers/answer-files.js';
import type { KeyField } from '../key/key-field.js';
import type { KeyOptions } from '../key/key-options.js';
import { requestFields, SIGNATURE_SIZE, signatureOf } from '../key/request-key.js';
import { conditionsOf, isUnasked } from '../response/not-modified.js';
import { type Miss, urlOf } from './miss.js';
import { differencesOf, type RequestDifference } from './request-differences.js';

/** Maximum number of equally similar requests that are read and compared. */
const CANDIDATES = 5;

/** A miss without a comparison. */
export function plainMiss(request: HttpRequest, used: number): Miss {
  const { method, prettyHost: host } = request;
  const path = fromWire(request.path);
  return { method, url: urlOf(request), host, path, used, closest: undefined, differences: [] };
}

/** Finds the recorded request that is the most similar to a missed one. */
export async function explainMiss(
  request: HttpRequest,
  fields: readonly KeyField[],
  used: number,
  files: AnswerFiles,
  options: KeyOptions,
): Promise<Miss> {
  let closest: Miss['closest'];
  let differences: readonly RequestDifference[] = [];
  let fewest = Number.POSITIVE_INFINITY;
  // If all answers to the same request were used, no other request is more similar.
  const signature = signatureOf(fields, new Uint32Array(SIGNATURE_SIZE));
  for (const entry of used > 0 ? [] : files.index.closest(signature, CANDIDATES)) {
    const flow = files.read(entry);
    const recorded = flow && (await Promise.resolve(requestFields(flow, options)).catch(() => undefined));
    if (recorded) {
      const found = isUnasked(flow.response, request)
        ? [...differencesOf(recorded, fields), ...missingConditions(flow.request)]
        : differencesOf(recorded, fields);
      const count = found.reduce((sum, difference) => sum + weightOf(difference), 0);
      if (count < fewest) {
        fewest = count;
        differences = found;
        closest = { method: flow.request.method, url: urlOf(flow.request), id: flow.id };
      }
    }
    if (flow) releaseFlow(flow);
  }
  return { ...plainMiss(request, used), closest, differences };
}

/** The conditions of the request that a 304 was recorded for. */
function missingConditions(recorded: HttpRequest): RequestDifference[] {
  return conditionsOf(recorded).map(({ name, value }) => ({
    where: `header ${name}`,
    recorded: value,
    now: undefined,
  }));
}

/** The weight of a difference; lower for texts with a common prefix. */
function weightOf({ recorded = '', now = '' }: RequestDifference): number {
  const length = Math.max(recorded.length, now.length, 1);
  let same = 0;
  while (same < length && recorded[same] === now[same]) same++;
  return 1.5 - same / length;
}
