import type { Socket } from 'node:net';
import t from 'tap';
import { ClientSide } from '../../../src/engine/http/client-side.js';
import { Http1Connection } from '../../../src/engine/http1/connection.js';
import { Http1Session } from '../../../src/engine/http1/session.js';
import { Http2Session } from '../../../src/engine/http2/session.js';
import { Http2UpstreamConnection } from '../../../src/engine/http2/upstream-connection.js';
import { UpstreamPool } from '../../../src/engine/upstream/pool.js';
import { Route } from '../../../src/engine/upstream/route.js';
import { ServerChannel } from '../../../src/engine/upstream/server-channel.js';
import { Clock } from '../../../src/flow/clock.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import type { RawField } from '../../support/http2-peer.js';
import { later } from '../../support/later.js';
import { testContext } from '../http/context.js';
import { Pipe } from '../http2/conversation.js';
import { createEnd, type End, type Received, type Script, type Version } from './ends.js';

const VERSIONS: readonly Version[] = ['1.0', '1.1', '2'];
const TRAILERS: readonly RawField[] = [['x-t', '1']];

/** What one exchange has come to. */
interface Outcome {
  atServer: Received;
  atClient: Received;
  flow: HttpFlow;
  /** Bodies as recorded. */
  bodies: [request: string, response: string];
}

interface Case {
  request: Script;
  response: Script;
  /** Content that the client sends only after the response. */
  late?: string;
  /** The server breaks off inside the response. */
  cut?: boolean;
}

const GET: Script = { start: 'GET /x', framing: 'none' };
const OK: Script = { start: '200', framing: 'length', content: 'hello' };

const CASES: Readonly<Record<string, Case>> = {
  'a body with a length': { request: GET, response: OK },
  'a body of unknown length': { request: GET, response: { ...OK, framing: 'unknown' } },
  'an empty body': { request: GET, response: { ...OK, content: '' } },
  HEAD: { request: { ...GET, start: 'HEAD /x' }, response: { ...OK, content: '', length: 5 } },
  '204': { request: GET, response: { start: '204', framing: 'none' } },
  '304': { request: GET, response: { ...OK, start: '304', content: '', length: 5 } },
  'interim responses': { request: GET, response: { ...OK, interim: ['103', '102'] } },
  trailers: { request: GET, response: { ...OK, framing: 'unknown', trailers: TRAILERS } },
  'trailers without content': {
    request: GET,
    response: { ...OK, framing: 'unknown', content: '', trailers: TRAILERS },
  },
  'the end inside the body': { request: GET, response: { ...OK, length: 10 }, cut: true },
  'the end inside a body of unknown length': { request: GET, response: { ...OK, framing: 'unknown' }, cut: true },
  'an upload with a length': { request: { start: 'POST /x', framing: 'length', content: 'abcdef' }, response: OK },
  'an upload of unknown length': {
    request: { start: 'POST /x', framing: 'unknown', content: 'abcdef' },
    response: OK,
  },
  'an empty upload': { request: { start: 'POST /x', framing: 'length', content: '' }, response: OK },
  'an upload with trailers': {
    request: { start: 'POST /x', framing: 'unknown', content: 'abcdef', trailers: TRAILERS },
    response: OK,
  },
  'a response before the end of the upload': {
    request: { start: 'POST /x', framing: 'length', content: 'abc', length: 6 },
    response: OK,
    late: 'def',
  },
  'cookies in several fields': {
    request: {
      ...GET,
      fields: [
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ],
    },
    response: OK,
  },
};

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await later();
}

/** Plays an exchange between two scripts, without sockets. */
async function play(client: Version, server: Version, { request, response, late, cut }: Case): Promise<Outcome> {
  const flows: HttpFlow[] = [];
  const bodies: [string, string] = ['', ''];
  const collector: Addon = {
    observesBodies: true,
    flowEnd: async (flow) => {
      const { request, response } = flow as HttpFlow;
      bodies[0] = String(await request.body.rawBytes());
      if (response) bodies[1] = String(await response.body.rawBytes());
      flows.push(flow as HttpFlow);
    },
  };
  const context = testContext([collector]);
  const route = new Route({ scheme: 'http', host: 'a.test', port: 80 }, () => Promise.reject(new Error('unused')));
  let serverEnd: End | undefined;
  const pool = new UpstreamPool(async (destination, connection) => {
    const pipe = new Pipe((bytes) => end.receive(bytes));
    const end = createEnd(server, true, (bytes) => pipe.give(bytes));
    serverEnd = end;
    const socket = pipe.channel.stream as Socket;
    const channel = new ServerChannel(socket, socket, connection, new Clock());
    return server === '2'
      ? new Http2UpstreamConnection(channel, destination, context)
      : new Http1Connection(channel, destination, context);
  });
  const pipe = new Pipe((bytes) => clientEnd.receive(bytes));
  const clientEnd = createEnd(client, false, (bytes) => pipe.give(bytes));
  const { channel } = pipe;
  const side = new ClientSide(context, pool, route);
  const session =
    client === '2'
      ? new Http2Session(channel, side)
      : new Http1Session(channel, side, () => {
          throw new Error('unused');
        });
  void session.run();
  clientEnd.send(request, late === undefined ? undefined : 'head');
  await settle();
  serverEnd!.send(response, cut ? 'head' : undefined);
  await settle();
  if (cut) serverEnd!.cut();
  if (late !== undefined) clientEnd.send(request, 'rest', late);
  await settle();
  const { statusCode } = flows[0]?.response ?? { statusCode: 0 };
  const bodiless = request.start.startsWith('HEAD') || statusCode === 204 || statusCode === 304;
  const over = channel.over ?? (channel.stream.destroyed ? 'closed' : undefined);
  return {
    atServer: serverEnd!.received(undefined),
    atClient: clientEnd.received(over, bodiless),
    flow: flows[0]!,
    bodies,
  };
}

/** What cannot be said in a version. */
function isPossible(client: Version, server: Version, { request, response, cut }: Case): boolean {
  if (client === '1.0' && request.framing === 'unknown') return false;
  if (server === '1.0' && (response.interim || response.trailers)) return false;
  // The end of the connection is that of the body.
  return !(cut && server === '1.0' && response.framing === 'unknown');
}

for (const client of VERSIONS) {
  for (const server of VERSIONS) {
    t.test(`a client of HTTP/${client}, a server of HTTP/${server}`, async (t) => {
      for (const [name, each] of Object.entries(CASES)) {
        if (!isPossible(client, server, each)) continue;
        const { request, response, late = '', cut } = each;
        const { atServer, atClient, flow, bodies } = await play(client, server, each);
        const upload = (request.content ?? '') + late;
        const trailersOf = (script: Script, to: Version): string => (script.trailers && to !== '1.0' ? 'x-t=1' : '');

        t.equal(atServer.start, request.start, `${name}: the server gets the request`);
        // A connection in HTTP/1.0 ends with the response, so the rest of the upload is not sent.
        const ends = server === '1.0' || (server === '1.1' && client === '1.0');
        const arrived = late !== '' && ends ? request.content : upload;
        t.equal(atServer.body, arrived, `${name}: the upload`);
        t.equal(atServer.trailers, trailersOf(request, server === '1.0' ? '1.1' : server), `${name}: its trailers`);
        const cookies = request.fields ? (server !== '2' && client === '2' ? 'a=1; b=2' : 'b=2') : undefined;
        t.equal(atServer.fields.get('cookie'), cookies, `${name}: cookies`);

        t.equal(atClient.start, response.start, `${name}: the client gets the response`);
        t.same(atClient.interim, client === '1.0' ? [] : (response.interim ?? []), `${name}: interim responses`);
        t.equal(atClient.body, response.content ?? '', `${name}: the body`);
        // Chunks for a client of HTTP/1.0 are the fault of the server, and forwarded as they came.
        const kept = server === '1.1' && client === '1.0' ? '1.1' : client;
        t.equal(atClient.trailers, trailersOf(response, kept), `${name}: trailers`);
        t.equal(atClient.state, cut ? 'cut' : 'complete', `${name}: the end`);

        const version = (of: Version) => (of === '2' ? 'HTTP/2.0' : `HTTP/${of}`);
        t.equal(flow.request.httpVersion, version(client), `${name}: recorded`);
        t.equal(flow.response?.httpVersion, version(server));
        t.same(bodies, [arrived === upload ? upload : bodies[0], response.content ?? '']);
        t.equal(flow.response?.trailers?.get('x-t'), response.trailers && '1');
        t.equal(flow.request.trailers?.get('x-t'), request.trailers && '1');
        t.equal(flow.interim?.length, response.interim?.length);
        t.equal(flow.error?.code, cut ? (server === '2' ? 'stream-reset' : 'truncated') : undefined);
      }
    });
  }
}
