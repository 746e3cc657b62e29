import t from 'tap';
import type { Flow } from '../../src/flow/flow.js';
import { flowBegan, flowEnded } from '../../src/flow/timing.js';
import { dnsFlow, httpFlow, messageLog, tcpFlow } from '../terminal/sample-flows.js';

/** An HTTP flow that was made at 10; its request began at 11. */
function exchange(end: number | undefined, change: (flow: ReturnType<typeof httpFlow>) => void = () => {}): Flow {
  const flow = httpFlow({}, {});
  flow.timestampCreated = 10;
  flow.request.timestampStart = 11;
  flow.response!.timestampEnd = end;
  change(flow);
  return flow;
}

const tcp = tcpFlow();
tcp.timestampCreated = 10;
const closed = tcpFlow();
closed.timestampCreated = 10;
closed.server.timestampEnd = 20;
const dns = dnsFlow({ timestamp: 11 }, { timestamp: 12 });

const CASES: [what: string, flow: Flow, began: number, ended: number | undefined][] = [
  ['answered', exchange(15), 11, 15],
  ['without a time of the request', exchange(15, ({ request }) => (request.timestampStart = 0)), 10, 15],
  ['not ended', exchange(undefined), 11, undefined],
  ['failed', exchange(undefined, (flow) => (flow.error = { message: '', timestamp: 17 })), 11, 17],
  ['failed after the answer', exchange(15, (flow) => (flow.error = { message: '', timestamp: 17 })), 11, 15],
  [
    'WebSocket',
    exchange(15, (flow) => {
      flow.messages = messageLog();
      flow.websocket = { byClient: true, code: 1000, reason: undefined, timestamp: 30 };
    }),
    11,
    30,
  ],
  [
    'upgraded',
    exchange(15, (flow) => {
      flow.messages = messageLog();
      flow.client.timestampEnd = 25;
    }),
    11,
    25,
  ],
  ['TCP', closed, 10, 20],
  ['TCP that goes on', tcp, 10, undefined],
  ['DNS', dns, 11, 12],
];
for (const [what, flow, began, ended] of CASES) t.same([flowBegan(flow), flowEnded(flow)], [began, ended], what);
