import { once } from 'node:events';
import { connect, createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { ClientSide } from '../../../src/engine/http/client-side.js';
import { Exchange } from '../../../src/engine/http/exchange.js';
import { UpstreamPool } from '../../../src/engine/upstream/pool.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { testContext } from './context.js';
import { Http2Connection, Http2Incoming } from './http2-adapter.js';

async function listen(t: Test, server: Http2Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

t.test('exchanges over HTTP/2: trailers, a 103, several at once on one connection', async (t) => {
  const COUNT = 5;
  // The origin answers once all requests are there.
  const waiting: (() => void)[] = [];
  let sessions = 0;
  const origin = createServer();
  origin.on('session', () => sessions++);
  origin.on('stream', (stream, fields) => {
    let body = '';
    let trailer: unknown;
    stream.on('trailers', (trailers: IncomingHttpHeaders) => {
      trailer = trailers['x-sum'];
    });
    stream.on('data', (chunk) => {
      body += chunk;
    });
    stream.on('end', () => {
      waiting.push(() => {
        stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        stream.respond({ ':status': 200, 'x-path': fields[':path'] }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': `${trailer}` }));
        stream.end(`got ${body}`);
      });
      if (waiting.length === COUNT) for (const answer of waiting) answer();
    });
  });
  const port = await listen(t, origin);

  const flows: HttpFlow[] = [];
  const context = testContext([
    {
      observesBodies: true,
      flowEnd: async (flow) => {
        if (flow.type !== 'http') return;
        flows.push(flow);
        flow.comment = `${await flow.request.body.text()} / ${await flow.response?.body.text()}`;
      },
    },
  ]);
  let connects = 0;
  const pool = new UpstreamPool(async (destination, server) => {
    connects++;
    const session = connect(`http://127.0.0.1:${port}`);
    await once(session, 'connect');
    return new Http2Connection(session, destination, server);
  });
  const client = new ClientSide(context, pool, undefined);
  const outcomes: Promise<unknown>[] = [];
  const proxy = createServer();
  proxy.on('stream', (stream, fields) =>
    outcomes.push(new Exchange(client, new Http2Incoming(stream, fields, port)).run()),
  );
  const session = connect(`http://127.0.0.1:${await listen(t, proxy)}`);

  const ask = async (path: string) => {
    const stream = session.request({ ':path': path, ':method': 'POST' }, { waitForTrailers: true });
    const seen = { interim: '', status: 0, path: '', body: '', trailer: '' };
    stream.on('headers', (fields) => {
      seen.interim = `${fields[':status']} ${fields.link}`;
    });
    stream.on('response', (fields) => {
      seen.status = Number(fields[':status']);
      seen.path = String(fields['x-path']);
    });
    stream.on('trailers', (fields: IncomingHttpHeaders) => {
      seen.trailer = String(fields['x-end']);
    });
    stream.on('data', (chunk) => {
      seen.body += chunk;
    });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': `sum of ${path}` }));
    stream.end(`body of ${path}`);
    await once(stream, 'close');
    return seen;
  };
  const paths = Array.from({ length: COUNT }, (_, at) => `/${at}`);
  const answers = await Promise.all(paths.map(ask));
  t.same(
    answers,
    paths.map((path) => ({
      interim: '103 </a.css>',
      status: 200,
      path,
      body: `got body of ${path}`,
      trailer: `sum of ${path}`,
    })),
  );
  t.same(
    await Promise.all(outcomes),
    paths.map(() => 'done'),
  );
  t.equal(connects, 1, 'one pending connection for all');
  t.equal(sessions, 1);
  t.same(
    flows.map(({ comment }) => comment).sort(),
    paths.map((path) => `body of ${path} / got body of ${path}`),
  );
  t.equal(new Set(flows.map(({ server }) => server.id)).size, 1, 'the flows share their connection');
  session.close();
  client.dispose();
});
