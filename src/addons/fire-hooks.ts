import type { Dispatcher } from '../flow/dispatcher.js';
import type { DnsFlow, Flow, HttpFlow, TcpFlow, UdpFlow } from '../flow/flow.js';
import type { LiveMessage } from '../flow/hooks.js';
import { MessageLog } from '../flow/messagelog.js';
import type { SpoolPolicy } from '../flow/spool-policy.js';

type Pending = undefined | Promise<void>;
type Step<Kind extends Flow> = (hooks: Dispatcher, flow: Kind, spool: SpoolPolicy) => Pending;

/**
 * Calls the hooks of a flow that was read from a capture, in the order in which they came when it was live, `flowEnd`
 * last. Hooks of connections are not called.
 * @param spool keeps messages that an addon changes
 * @returns a promise only if something asynchronous has to be waited for
 */
export function fireHooks(hooks: Dispatcher, flow: Flow, spool: SpoolPolicy): Pending {
  // Nothing of an ignored connection was shown to addons while it was live.
  if (flow.metadata.ignored === true) return hooks.emit('flowEnd', flow);
  switch (flow.type) {
    case 'http':
      if (flow.metadata.refused === true) return run(REFUSED, hooks, flow, spool);
      return run(flow.request.method === 'CONNECT' ? CONNECT : HTTP, hooks, flow, spool);
    case 'tcp':
      return run(TCP, hooks, flow, spool);
    case 'udp':
      return run(UDP, hooks, flow, spool);
    case 'dns':
      return run(DNS, hooks, flow, spool);
  }
}

const failed = (hooks: Dispatcher, flow: Flow): Pending => (flow.error ? hooks.emit('error', flow) : undefined);
const ended = (hooks: Dispatcher, flow: Flow): Pending => hooks.emit('flowEnd', flow);

// `request` and `response` are called for whole messages only, as they are for live traffic.
const HTTP: readonly Step<HttpFlow>[] = [
  (hooks, flow) => hooks.emit('requestHeaders', flow),
  (hooks, flow) => (requestWhole(flow) ? hooks.emit('request', flow) : undefined),
  (hooks, flow) => (responseBegun(flow) ? hooks.emit('responseHeaders', flow) : undefined),
  (hooks, flow) => (responseBegun(flow) && responseWhole(flow) ? hooks.emit('response', flow) : undefined),
  (hooks, flow) => (flow.websocket ? hooks.emit('websocketStart', flow) : undefined),
  (hooks, flow, spool) => (flow.websocket ? fireMessages('websocketMessage', hooks, flow, spool) : undefined),
  (hooks, flow) => (flow.websocket ? hooks.emit('websocketEnd', flow) : undefined),
  failed,
  ended,
];

const connectFailed = (hooks: Dispatcher, flow: HttpFlow): Pending =>
  flow.error ? hooks.emit('httpConnectError', flow) : undefined;

/** A CONNECT is a flow of its own only if it failed. */
const CONNECT: readonly Step<HttpFlow>[] = [(hooks, flow) => hooks.emit('httpConnect', flow), connectFailed, ended];

/** A request that tsdump itself refused. */
const REFUSED: readonly Step<HttpFlow>[] = [
  (hooks, flow) => (flow.request.method === 'CONNECT' ? connectFailed(hooks, flow) : failed(hooks, flow)),
  ended,
];

const TCP: readonly Step<TcpFlow>[] = [
  (hooks, flow) => hooks.emit('tcpStart', flow),
  (hooks, flow, spool) => fireMessages('tcpMessage', hooks, flow, spool),
  (hooks, flow) => hooks.emit(flow.error ? 'error' : 'tcpEnd', flow),
  ended,
];

const UDP: readonly Step<UdpFlow>[] = [
  (hooks, flow) => hooks.emit('udpStart', flow),
  (hooks, flow, spool) => fireMessages('udpMessage', hooks, flow, spool),
  (hooks, flow) => hooks.emit(flow.error ? 'error' : 'udpEnd', flow),
  ended,
];

const DNS: readonly Step<DnsFlow>[] = [
  (hooks, flow) => hooks.emit('dnsRequest', flow),
  (hooks, flow) => (flow.response ? hooks.emit('dnsResponse', flow) : undefined),
  failed,
  ended,
];

function run<Kind extends Flow>(
  steps: readonly Step<Kind>[],
  hooks: Dispatcher,
  flow: Kind,
  spool: SpoolPolicy,
  from = 0,
): Pending {
  for (let at = from; at < steps.length; at++) {
    const pending = steps[at]!(hooks, flow, spool);
    if (pending) return pending.then(() => run(steps, hooks, flow, spool, at + 1));
  }
  return undefined;
}

/** What failed before a message was whole was not shown whole; what failed afterwards was. */
function requestWhole({ error, request }: HttpFlow): boolean {
  return !error || (request.body.complete && request.timestampEnd !== undefined);
}

/** An answer of an addon may never have been sent. */
function responseBegun({ error, response }: HttpFlow): boolean {
  return response !== undefined && (!error || response.timestampStart !== 0);
}

function responseWhole({ error, response, websocket }: HttpFlow): boolean {
  if (!error || websocket) return true;
  return response!.body.complete && response!.timestampEnd !== undefined;
}

type MessageHook = 'websocketMessage' | 'tcpMessage' | 'udpMessage';

/** Shows the messages to whoever listens; if one is changed or dropped, the flow gets a log of its own. */
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
    const message: LiveMessage = { ...original };
    const pending = emit.call(hooks, hook, { flow, message });
    if (pending) await pending;
    if (message.drop) message.dropped = true;
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
