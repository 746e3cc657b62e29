import { releaseFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import type { AnswerFiles } from '../answers/answer-files.js';
import type { KeyField } from '../key/key-field.js';
import type { KeyOptions } from '../key/key-options.js';
import { requestFields, SIGNATURE_SIZE, signatureOf } from '../key/request-key.js';
import { type Difference, differencesOf } from './differences.js';
import { type Miss, urlOf } from './miss.js';

/** Recorded requests of the same likeness that are read and compared. */
const CANDIDATES = 5;

/** A miss with nothing to compare it with. */
export function plainMiss(request: HttpRequest, used: number): Miss {
  const { method, prettyHost: host } = request;
  const path = fromWire(request.path);
  return { method, url: urlOf(request), host, path, used, closest: undefined, differences: [] };
}

/** Finds the recorded request that is most like one that was not recorded. */
export async function explainMiss(
  request: HttpRequest,
  fields: readonly KeyField[],
  used: number,
  files: AnswerFiles,
  options: KeyOptions,
): Promise<Miss> {
  let closest: Miss['closest'];
  let differences: readonly Difference[] = [];
  let fewest = Number.POSITIVE_INFINITY;
  // A request whose answers were all given has none that is closer.
  const signature = signatureOf(fields, new Uint32Array(SIGNATURE_SIZE));
  for (const entry of used > 0 ? [] : files.index.closest(signature, CANDIDATES)) {
    // What cannot be read was reported, and explains nothing.
    const flow = await files.read(entry).catch(() => undefined);
    const recorded = flow && (await Promise.resolve(requestFields(flow, options)).catch(() => undefined));
    if (recorded) {
      const found = differencesOf(recorded, fields);
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

/** Less for texts that begin alike. */
function weightOf({ recorded = '', now = '' }: Difference): number {
  const length = Math.max(recorded.length, now.length, 1);
  let same = 0;
  while (same < length && recorded[same] === now[same]) same++;
  return 1.5 - same / length;
}
