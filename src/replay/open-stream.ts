import type { HttpFlow } from '../flow/flow.js';
import { rpcOf } from '../flow/rpc/call.js';

/** Errors of exchanges that were not ended by their server. */
const NOT_ENDED: ReadonlySet<string | undefined> = new Set(['client-disconnected', 'interrupted']);

/** Media types of streams without an end, besides event streams. */
const STREAM_TYPE = /^\s*(?:application\/(?:x-)?(?:ndjson|jsonl|json-seq)|multipart\/x-mixed-replace)\s*(?:;|$)/i;
/** Parameters by which Kubernetes and Docker are asked for a stream. Its type may be `application/json`. */
const STREAM_ASKED = /[?&](?:watch|follow)=(?:1|true)(?:&|$)/i;
/** Parameters of these names may mean something else there. */
const PAGE_TYPE = /^\s*(?:text\/(?:html|css|javascript)|image\/|video\/|audio\/|font\/)/i;

/**
 * Whether a response is a stream that was open when the client left it, or when the recording ended. Most event streams,
 * watches and subscriptions end like that, so what came of it is a usable answer. Other responses that the client left, such
 * as downloads and pages, are not.
 */
export function isOpenStream({ error, request, response }: HttpFlow): boolean {
  if (!error || !NOT_ENDED.has(error.code) || !response || response.body.complete) return false;
  const { headers } = response;
  if (response.statusCode !== 200 || headers.has('content-length')) return false;
  if (response.isEventStream || rpcOf(request)?.framed) return true;
  if (headers.has('content-disposition')) return false;
  const type = headers.get('content-type') ?? '';
  return STREAM_TYPE.test(type) || (STREAM_ASKED.test(request.path) && !PAGE_TYPE.test(type));
}
