import type { HttpFlow } from '../../flow/flow.js';
import type { Headers } from '../../flow/http/headers.js';

/** As the import of a HAR notes a removed field in the metadata. A capture may have anything there. */
const REMOVED_CODING = /^content-encoding: ([!-~][ -~]*)$/;

/**
 * The headers of the response as the server sent them. A HAR of another program has decoded content, so its import removes
 * `Content-Encoding`, which is no difference to a server that sends it.
 */
export function sentHeaders({ response, metadata }: HttpFlow): Headers {
  const { headers } = response!;
  const changes = (metadata.har as { response?: unknown } | undefined)?.response;
  if (!Array.isArray(changes) || headers.has('content-encoding')) return headers;
  for (const change of changes) {
    const coding = typeof change === 'string' ? REMOVED_CODING.exec(change)?.[1] : undefined;
    if (coding === undefined) continue;
    const sent = headers.clone();
    sent.set('Content-Encoding', coding);
    return sent;
  }
  return headers;
}
