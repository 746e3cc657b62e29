import { Body } from '../../../flow/body/body.js';
import { MemorySource } from '../../../flow/body/byte-source.js';
import type { HttpFlow, WebSocketClose } from '../../../flow/flow.js';
import { Headers } from '../../../flow/http/headers.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import type { InterimResponse } from '../../../flow/http/interim-response.js';
import type { MessageLog } from '../../../flow/message-log/message-log.js';
import { copyText } from '../../../flow/text/unread-text.js';
import { isOpenStream } from '../../open-stream.js';

/** A recorded answer, read from its capture. */
export interface RecordedAnswer {
  /** Undefined if the server closed the connection without a response. Each use gets a clone. */
  readonly response: HttpResponse | undefined;
  readonly interim: readonly InterimResponse[];
  /** Whether the server closed the connection before the end of the response. */
  readonly breaks: boolean;
  /** Whether the response is a stream that had not ended (`isOpenStream`). */
  readonly staysOpen: boolean;
  /** `Accept-Encoding` of the recorded request. */
  readonly acceptEncoding: string | undefined;
  /** Seconds from the end of the request to the start of the response. */
  readonly latency: number;
  /** The messages of an upgraded connection. */
  readonly messages: MessageLog | undefined;
  readonly websocket: WebSocketClose | undefined;
}

/** Errors that were not caused by the server. */
const NOT_OF_SERVER: ReadonlySet<string | undefined> = new Set([
  'authentication-required',
  'body-too-large',
  'certificate-rejected',
  'client-disconnected',
  'client-timeout',
  'head-too-large',
  'idle-timeout',
  'incomplete',
  'internal-error',
  'interrupted',
  'invalid-request',
  'killed',
  'refused-by-addon',
  'transform-failed',
]);

/**
 * Whether a flow has a usable answer: a complete response, one that the server cut off, or a stream without an end. Other
 * responses that the client cut off are not usable, and neither is one whose content was not kept.
 */
export function isAnswer(flow: HttpFlow): boolean {
  const { request, response, messages } = flow;
  if (request.method === 'CONNECT' || flow.metadata.refused === true) return false;
  if (!response) return brokeOff(flow) && flow.server.timestampTcpSetup !== undefined;
  if (!response.body.kept) return false;
  if (response.statusCode === 101)
    return messages !== undefined && (messages.count === 0 || messages.stored !== undefined);
  // mitmproxy does not tell the size of a chunked body that it did not keep: it is incomplete, without an error.
  return response.body.complete || brokeOff(flow) || isOpenStream(flow);
}

/** Whether the server cut off the exchange. */
function brokeOff({ error }: HttpFlow): boolean {
  return error !== undefined && !NOT_OF_SERVER.has(error.code);
}

/** The answer of a flow for which `isAnswer` holds. It takes ownership of the response. */
export function answerOf(flow: HttpFlow): RecordedAnswer {
  const { request, response, interim = [], messages, websocket } = flow;
  const asked = request.timestampEnd ?? request.timestampStart;
  const isComplete = response?.body.complete === true && !(messages && flow.error);
  return {
    response,
    // An interim 101 would switch the connection to another protocol.
    interim: interim.filter(({ statusCode }) => statusCode !== 101),
    breaks: brokeOff(flow) && !isComplete,
    staysOpen: isOpenStream(flow),
    acceptEncoding: request.headers.get('accept-encoding'),
    latency: response ? Math.max(0, response.timestampStart - asked) : 0,
    messages: websocket || response?.statusCode === 101 ? messages : undefined,
    websocket,
  };
}

/**
 * Copies an answer into memory of its own; undefined if the content is not in memory, or if the answer has messages or event
 * marks.
 */
export function inMemory(answer: RecordedAnswer): RecordedAnswer | undefined {
  const { response, interim, messages } = answer;
  const bytes = response && (response.body.size === 0 ? Buffer.alloc(0) : response.body.stored?.buffer);
  if (!response || !bytes || messages || response.marks) return undefined;
  const headers = copied(response.headers);
  const { statusCode, reason, httpVersion } = response;
  const body = Body.of(headers, new MemorySource(Buffer.from(bytes)), bytes.length, response.body.complete);
  const copy = new HttpResponse({ statusCode, reason, httpVersion, headers, body });
  copy.timestampStart = response.timestampStart;
  copy.trailers = response.trailers && copied(response.trailers);
  return {
    ...answer,
    response: copy,
    interim: interim.map((each) => ({ ...each, headers: copied(each.headers) })),
    acceptEncoding: answer.acceptEncoding === undefined ? undefined : copyText(answer.acceptEncoding),
  };
}

function copied({ bytes }: Headers): Headers {
  const copy = new Headers(Buffer.from(bytes));
  // This parses the fields, so that not each clone has to.
  void copy.length;
  return copy;
}
