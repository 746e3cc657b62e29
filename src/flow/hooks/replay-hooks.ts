import type { SpoolPolicy } from '../body/spool-policy.js';
import { BodyTransformError } from '../body/transform.js';
import type { DnsFlow, Flow, HttpFlow, TcpFlow, UdpFlow } from '../flow.js';
import { isBodiless } from '../http/bodiless.js';
import type { HttpMessage } from '../http/http-message.js';
import { LiveMessage } from '../message-log/live-message.js';
import { MessageLog } from '../message-log/message-log.js';
import type { Dispatcher } from './dispatcher.js';

type Pending = undefined | Promise<void>;
/** @param failed whether the flow was recorded with an error; addons may have changed `flow.error` since */
type Step<Kind extends Flow> = (hooks: Dispatcher, flow: Kind, spool: SpoolPolicy, failed: boolean) => Pending;

/**
 * Calls the hooks of a flow that was read from a capture, in the same order as for live traffic, `flowEnd` last. Hooks of
 * connections are not called.
 * @param spool stores messages that an addon changes
 * @returns a promise only if a hook is asynchronous or messages are read
 */
export function fireHooks(hooks: Dispatcher, flow: Flow, spool: SpoolPolicy): Pending {
  // Addons did not see an ignored connection when it was live either.
  if (flow.metadata.ignored === true) return hooks.emit('flowEnd', flow);
  switch (flow.type) {
    case 'http':
      flow.recordedResponse = flow.response;
      return run(stepsOf(flow), hooks, flow, spool);
    case 'tcp':
      return run(TCP, hooks, flow, spool);
    case 'udp':
      return run(UDP, hooks, flow, spool);
    case 'dns':
      return run(DNS, hooks, flow, spool);
  }
}

const fireError: Step<Flow> = (hooks, flow, _, failed) => (failed ? hooks.emit('error', flow) : undefined);
const fireEnd: Step<Flow> = (hooks, flow) => hooks.emit('flowEnd', flow);

// `request` and `response` are called for whole messages only, as they are for live traffic.
const HTTP: readonly Step<HttpFlow>[] = [
  (hooks, flow) => hooks.emit('requestHeaders', flow),
  transformRequest,
  (hooks, flow, _, failed) => (requestWhole(flow, failed) ? hooks.emit('request', flow) : undefined),
  transformRequest,
  stampResponse,
  (hooks, flow, _, failed) => (responseBegun(flow, failed) ? hooks.emit('responseHeaders', flow) : undefined),
  transformResponse,
  (hooks, flow, _, failed) => (responseWhole(flow, failed) ? hooks.emit('response', flow) : undefined),
  transformResponse,
  stampResponse,
  (hooks, flow) => (flow.websocket ? hooks.emit('websocketStart', flow) : undefined),
  (hooks, flow, spool) => (flow.websocket ? fireMessages('websocketMessage', hooks, flow, spool) : undefined),
  (hooks, flow) => (flow.websocket ? hooks.emit('websocketEnd', flow) : undefined),
  fireError,
  fireEnd,
];

/** Applies the transforms that addons have set on a body, at the same point as for live traffic. */
function transformRequest(hooks: Dispatcher, flow: HttpFlow, spool: SpoolPolicy): Pending {
  const { body } = flow.request;
  return body.transforms && transform(hooks, flow, flow.request, spool, body.size > 0);
}

/** A response that an addon has made gets the times of the one that it replaces, or else the end of the request. */
function stampResponse(_hooks: Dispatcher, flow: HttpFlow, _spool: SpoolPolicy, failed: boolean): Pending {
  const { response, recordedResponse, request } = flow;
  if (failed || !response || response === recordedResponse || response.timestampStart !== 0) return undefined;
  response.timestampStart = recordedResponse?.timestampStart ?? request.timestampEnd ?? request.timestampStart;
  response.timestampEnd ??= recordedResponse?.timestampEnd ?? response.timestampStart;
  return undefined;
}

function transformResponse(hooks: Dispatcher, flow: HttpFlow, spool: SpoolPolicy): Pending {
  const { request, response } = flow;
  if (!response?.body.transforms) return undefined;
  return transform(hooks, flow, response, spool, !isBodiless(request.method, response.statusCode));
}

async function transform(
  hooks: Dispatcher,
  flow: HttpFlow,
  { body, headers }: HttpMessage,
  spool: SpoolPolicy,
  hasBody: boolean,
): Promise<void> {
  if (!hasBody || !body.kept) {
    body.transforms = undefined;
    return;
  }
  const [first] = body.transforms!;
  try {
    await body.applyTransforms(spool);
    if (headers.has('content-length')) headers.set('Content-Length', String(body.size));
  } catch (error) {
    const failure = error instanceof BodyTransformError ? error : new BodyTransformError(first!, error);
    hooks.reportTransform(failure, flow);
  }
}

const fireConnectError: Step<HttpFlow> = (hooks, flow, _, failed) =>
  failed ? hooks.emit('httpConnectError', flow) : undefined;

/** A CONNECT is recorded as a flow only if it failed. */
const CONNECT: readonly Step<HttpFlow>[] = [
  (hooks, flow) => hooks.emit('httpConnect', flow),
  fireConnectError,
  fireEnd,
];

/** Requests that tsdump itself refused. */
const REFUSED_CONNECT: readonly Step<HttpFlow>[] = [fireConnectError, fireEnd];
const REFUSED: readonly Step<HttpFlow>[] = [fireError, fireEnd];

const TCP: readonly Step<TcpFlow>[] = [
  (hooks, flow) => hooks.emit('tcpStart', flow),
  (hooks, flow, spool) => fireMessages('tcpMessage', hooks, flow, spool),
  (hooks, flow, _, failed) => hooks.emit(failed ? 'error' : 'tcpEnd', flow),
  fireEnd,
];

const UDP: readonly Step<UdpFlow>[] = [
  (hooks, flow) => hooks.emit('udpStart', flow),
  (hooks, flow, spool) => fireMessages('udpMessage', hooks, flow, spool),
  (hooks, flow, _, failed) => hooks.emit(failed ? 'error' : 'udpEnd', flow),
  fireEnd,
];

const DNS: readonly Step<DnsFlow>[] = [
  (hooks, flow) => hooks.emit('dnsRequest', flow),
  (hooks, flow) => (flow.response ? hooks.emit('dnsResponse', flow) : undefined),
  fireError,
  fireEnd,
];

function stepsOf({ metadata, request }: HttpFlow): readonly Step<HttpFlow>[] {
  const isConnect = request.method === 'CONNECT';
  if (metadata.refused === true) return isConnect ? REFUSED_CONNECT : REFUSED;
  return isConnect ? CONNECT : HTTP;
}

function run<Kind extends Flow>(
  steps: readonly Step<Kind>[],
  hooks: Dispatcher,
  flow: Kind,
  spool: SpoolPolicy,
  failed = flow.error !== undefined,
  from = 0,
): Pending {
  for (let at = from; at < steps.length; at++) {
    const pending = steps[at]!(hooks, flow, spool, failed);
    if (pending) return pending.then(() => run(steps, hooks, flow, spool, failed, at + 1));
  }
  return undefined;
}

/** A flow that failed before the request was complete did not have its `request` hook; one that failed later did. */
function requestWhole({ request }: HttpFlow, failed: boolean): boolean {
  return !failed || (request.body.complete && request.timestampEnd !== undefined);
}

/** A response that an addon set may never have been sent. */
function responseBegun({ response }: HttpFlow, failed: boolean): boolean {
  return response !== undefined && (!failed || response.timestampStart !== 0);
}

function responseWhole(flow: HttpFlow, failed: boolean): boolean {
  if (!responseBegun(flow, failed)) return false;
  const { body, timestampEnd } = flow.response!;
  return !failed || flow.websocket !== undefined || (body.complete && timestampEnd !== undefined);
}

type MessageHook = 'websocketMessage' | 'tcpMessage' | 'udpMessage';

/** Calls the message hook for each message. If one is changed or dropped, the flow gets a new log. */
function fireMessages(
  hook: MessageHook,
  hooks: Dispatcher,
  flow: HttpFlow | TcpFlow | UdpFlow,
  spool: SpoolPolicy,
): Pending {
  return flow.messages && hooks.listens(hook) ? rewriteMessages(hook, hooks, flow, flow.messages, spool) : undefined;
}

async function rewriteMessages(
  hook: MessageHook,
  hooks: Dispatcher,
  flow: HttpFlow | TcpFlow | UdpFlow,
  messages: MessageLog,
  spool: SpoolPolicy,
): Promise<void> {
  const emit = hooks.emit as (name: MessageHook, argument: { flow: Flow; message: LiveMessage }) => Pending;
  let rewritten: MessageLog | undefined;
  let seen = 0;
  for await (const original of messages) {
    const message = LiveMessage.of(original);
    const pending = emit.call(hooks, hook, { flow, message });
    if (pending) await pending;
    const isChanged = message.dropped !== original.dropped || message.content !== original.content;
    if (isChanged) rewritten ??= await copyFirst(messages, seen, spool);
    if (rewritten && !rewritten.append(message)) await rewritten.drained();
    seen++;
  }
  if (!rewritten) return;
  messages.release();
  flow.messages = rewritten;
  flow.source = undefined;
}

async function copyFirst(messages: MessageLog, count: number, spool: SpoolPolicy): Promise<MessageLog> {
  const copy = new MessageLog();
  copy.keepIn(spool);
  for await (const message of messages) {
    if (copy.count === count) break;
    if (!copy.append(message)) await copy.drained();
  }
  return copy;
}
