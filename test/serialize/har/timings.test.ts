import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { type Timings, timingsOf, totalTime } from '../../../src/serialize/har/timings.js';
import { newTls, plainHttpFlow } from '../sample-flows.js';

/** Times in milliseconds after the beginning; undefined: never. */
interface Times {
  connect?: number;
  tcp?: number | undefined;
  tls?: number;
  sent?: number | undefined;
  answered?: number;
  received?: number | undefined;
  failed?: number;
}

const BASE = 1_700_000_000;

function flowAt({ connect = -50, tcp, tls, sent, answered, received, failed }: Times): HttpFlow {
  const at = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : BASE + milliseconds / 1000;
  const flow = plainHttpFlow();
  const { request, response, server } = flow;
  server.timestampStart = at(connect)!;
  server.timestampTcpSetup = at(tcp);
  if (tls !== undefined) server.tls = { ...newTls('x'), timestampSetup: at(tls)! };
  request.timestampStart = BASE;
  request.timestampEnd = at(sent);
  if (answered === undefined) flow.response = undefined;
  else {
    response!.timestampStart = at(answered)!;
    response!.timestampEnd = at(received);
  }
  if (failed !== undefined) flow.error = { message: 'failed', timestamp: at(failed)! };
  return flow;
}

const NONE = { blocked: -1, dns: -1, connect: -1, ssl: -1 };

const CASES: [name: string, times: Times, opened: boolean, timings: Timings, total: number][] = [
  [
    'a reused connection',
    { tcp: -40, sent: 2, answered: 12, received: 15 },
    false,
    { ...NONE, send: 2, wait: 10, receive: 3 },
    15,
  ],
  [
    'connected before',
    { tcp: -40, sent: 2, answered: 12, received: 15 },
    true,
    { ...NONE, connect: 10, send: 2, wait: 10, receive: 3 },
    25,
  ],
  [
    'connected before, with TLS',
    { tcp: -40, tls: -10, sent: 2, answered: 12, received: 15 },
    true,
    { ...NONE, connect: 40, ssl: 30, send: 2, wait: 10, receive: 3 },
    55,
  ],
  [
    'connected because of the request, which had come long ago',
    { connect: 5, tcp: 15, tls: 45, sent: 1, answered: 60, received: 61.5 },
    true,
    { blocked: 5, dns: -1, connect: 40, ssl: 30, send: 0, wait: 15, receive: 1.5 },
    61.5,
  ],
  [
    'connected because of the request, which was still coming',
    { connect: 0, tcp: 10, sent: 30, answered: 60, received: 61 },
    true,
    { blocked: 0, dns: -1, connect: 10, ssl: -1, send: 20, wait: 30, receive: 1 },
    61,
  ],
  [
    'answered before it was sent',
    { tcp: -40, sent: 20, answered: 12, received: 25 },
    false,
    { ...NONE, send: 20, wait: 0, receive: 13 },
    33,
  ],
  ['no connection', { connect: 1, sent: 0, failed: 30 }, true, { ...NONE, send: 0, wait: 30, receive: 0 }, 30],
  [
    'cut off in the response',
    { tcp: -40, sent: 1, answered: 3, failed: 30 },
    false,
    { ...NONE, send: 1, wait: 2, receive: 27 },
    30,
  ],
  ['cut off in the request', { tcp: -40 }, false, { ...NONE, send: 0, wait: 0, receive: 0 }, 0],
];

for (const [name, times, opened, timings, total] of CASES) {
  t.test(name, async (t) => {
    const found = timingsOf(flowAt(times), opened);
    t.strictSame(found, timings);
    t.equal(totalTime(found), total);
  });
}
