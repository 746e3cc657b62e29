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
  switch (flow.type) {
    case 'http':
      return run(flow.request.method === 'CONNECT' ? CONNECT : HTTP, hooks, flow, spool);
    case 'tcp':
      return run(TCP, hooks, flow, spool);
    case 'udp':
      return run(UDP, hooks, flow, spool);
    case 'dns':
      return run(DNS, hooks, flow, spool);
  }
}

// `request` and `response` are called for whole messages only, as they are for live traffic.
const HTTP: readonly Step<HttpFlow>[] = [
  (hooks, flow) => hooks.emit('requestHeaders', flow),
  (hooks, flow) => (flow.error && !flow.request.body.complete ? undefined : hooks.emit('request', flow)),
  (hooks, flow) => (flow.response ? hooks.emit('responseHeaders', flow) : undefined),
  (hooks, flow) => (flow.response && responseWhole(flow) ? hooks.emit('response', flow) : undefined),
  (hooks, flow) => (flow.websocket ? hooks.emit('websocketStart', flow) : undefined),
  (hooks, flow, spool) => (flow.websocket ? fireMessages('websocketMessage', hooks, flow, spool) : undefined),
  (hooks, flow) => (flow.websocket ? hooks.emit('websocketEnd', flow) : undefined),
  (hooks, flow) => (flow.error ? hooks.emit('error', flow) : undefined),
  (hooks, flow) => hooks.emit('flowEnd', flow),
];

/** A CONNECT is a flow of its own only if it failed. */
const CONNECT: readonly Step<HttpFlow>[] = [
  (hooks, flow) => hooks.emit('httpConnect', flow),
  (hooks, flow) => hooks.emit('httpConnectError', flow),
  (hooks, flow) => hooks.emit('flowEnd', flow),
];

const TCP: readonly Step<TcpFlow>[] = [
  (hooks, flow) => hooks.emit('tcpStart', flow),
  (hooks, flow, spool) => fireMessages('tcpMessage', hooks, flow, spool),
  (hooks, flow) => hooks.emit(flow.error ? 'error' : 'tcpEnd', flow),
  (hooks, flow) => hooks.emit('flowEnd', flow),
];

const UDP: readonly Step<UdpFlow>[] = [
  (hooks, flow) => hooks.emit('udpStart', flow),
  (hooks, flow, spool) => fireMessages('udpMessage', hooks, flow, spool),
  (hooks, flow) => hooks.emit(flow.error ? 'error' : 'udpEnd', flow),
  (hooks, flow) => hooks.emit('flowEnd', flow),
];

const DNS: readonly Step<DnsFlow>[] = [
  (hooks, flow) => hooks.emit('dnsRequest', flow),
  (hooks, flow) => (flow.response ? hooks.emit('dnsResponse', flow) : undefined),
  (hooks, flow) => (flow.error ? hooks.emit('error', flow) : undefined),
  (hooks, flow) => hooks.emit('flowEnd', flow),
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

function responseWhole(flow: HttpFlow): boolean {
  return !flow.error || flow.websocket !== undefined || flow.response!.body.complete;
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
    if (message.drop || message.content !== original.content) rewritten ??= await copyFirst(messages, seen, spool);
    if (rewritten && !message.drop && !rewritten.append(message)) await rewritten.drained();
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
