import { releaseFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { boundary, cut } from '../../../flow/text/quote.js';
import { copyText } from '../../../flow/text/unread-text.js';
import type { AnswerFiles } from '../answers/answer-files.js';
import type { NoAnswer } from '../answers/unanswered.js';
import type { KeyField } from '../key/key-field.js';
import type { KeyOptions } from '../key/key-options.js';
import { keyOf, requestFields, SIGNATURE_SIZE, signatureOf } from '../key/request-key.js';
import { hasUnknownBody, withUnknownBody } from '../key/unknown-body.js';
import { conditionsOf, hasCopy, isNotModified } from '../response/not-modified.js';
import { type Miss, namesOf } from './miss.js';
import { commonLength, differencesOf, type RequestDifference } from './request-differences.js';
import { type Redact, withoutSecrets } from './without-secrets.js';

/** Maximum number of equally similar requests that are read and compared. */
const CANDIDATES = 5;
/** Maximum length of a place and of a value in an explanation, in characters. */
const LONGEST_PLACE = 200;
const LONGEST_VALUE = 1000;
/** Number of equal characters to show before the first different one of long values. */
const CONTEXT = 50;

/** A miss without a comparison. */
export function plainMiss(request: HttpRequest, used: number, noAnswer?: NoAnswer): Miss {
  return { ...namesOf(request), used, noAnswer, closest: undefined, differences: [] };
}

/** Finds the recorded request that is the most similar to a missed one. */
export async function explainMiss(
  request: HttpRequest,
  fields: readonly KeyField[],
  used: number,
  files: AnswerFiles,
  options: KeyOptions,
  redact?: Redact,
): Promise<Miss> {
  let closest: Miss['closest'];
  let differences: readonly RequestDifference[] = [];
  let fewest = Number.POSITIVE_INFINITY;
  const { unanswered } = files;
  const noAnswer = unanswered.reasonFor(keyOf(fields)) ?? unanswered.reasonFor(keyOf(withUnknownBody(fields)));
  // If the same request was recorded, no other request is more similar.
  const isRecorded = used > 0 || noAnswer !== undefined;
  const signature = signatureOf(fields, new Uint32Array(SIGNATURE_SIZE));
  for (const entry of isRecorded ? [] : files.index.closest(signature, CANDIDATES)) {
    const flow = files.read(entry);
    const recorded = flow && (await Promise.resolve(requestFields(flow, options)).catch(() => undefined));
    if (recorded) {
      const isUnknown = hasUnknownBody(flow);
      const found = isUnknown
        ? differencesOf(withUnknownBody(recorded), withUnknownBody(fields))
        : differencesOf(recorded, fields);
      if (isNotModified(flow) && !hasCopy(request)) found.push(...missingConditions(flow.request, found));
      const count = found.reduce((sum, difference) => sum + weightOf(difference), 0);
      if (count < fewest) {
        fewest = count;
        differences = found;
        const { method, url } = namesOf(flow.request);
        closest = { method, url, id: flow.id };
      }
    }
    if (flow) releaseFlow(flow);
  }
  if (areUnrelated(differences)) return plainMiss(request, used, noAnswer);
  return {
    ...plainMiss(request, used, noAnswer),
    closest,
    differences: differences.map((each) => shortened(redact ? withoutSecrets(each, redact) : each)),
  };
}

/**
 * Whether requests have neither the host nor a segment of the path in common. Then their differences explain nothing, as for what a
 * browser asks of its vendor.
 */
function areUnrelated(differences: readonly RequestDifference[]): boolean {
  if (!differences.some(({ where }) => where === 'host')) return false;
  const path = differences.find(({ where }) => where === 'path');
  if (!path) return false;
  const before = new Set(segmentsOf(path.recorded));
  return !segmentsOf(path.now).some((segment) => before.has(segment));
}

function segmentsOf(path = ''): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** Cuts long texts, and copies all, because misses are remembered. */
function shortened({ where, recorded, now }: RequestDifference): RequestDifference {
  const place = cut(where, LONGEST_PLACE);
  const equal = recorded === undefined || now === undefined ? 0 : commonLength(recorded, now);
  const from = boundary(now ?? '', Math.max(0, equal - CONTEXT));
  return { where: copyText(place), recorded: excerpt(recorded, from), now: excerpt(now, from) };
}

/** A long text from a place on. */
function excerpt(text: string | undefined, from: number): string | undefined {
  if (text === undefined) return undefined;
  if (text.length <= LONGEST_VALUE) return copyText(text);
  return copyText((from > 0 ? '…' : '') + cut(text.slice(from), LONGEST_VALUE));
}

/** The conditions of the request that a 304 was recorded for. */
function missingConditions(recorded: HttpRequest, found: readonly RequestDifference[]): RequestDifference[] {
  return conditionsOf(recorded)
    .map(({ name, value }) => ({ where: `header ${name}`, recorded: value, now: undefined }))
    .filter(({ where }) => !found.some((difference) => difference.where === where));
}

/** The weight of a difference; lower for texts with a common prefix. */
function weightOf({ recorded = '', now = '' }: RequestDifference): number {
  return 1.5 - commonLength(recorded, now) / Math.max(recorded.length, now.length, 1);
}
