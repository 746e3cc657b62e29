import t from 'tap';
import { allPermits, type ConnectionPermit, type WantedConnection } from '../../../src/engine/index.js';
import { releaseFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { TestProxy, type TestProxyOptions } from '../../support/test-proxy.js';

const NAME = 'production.invalid';

interface Case {
  name: string;
  /** What the client sends; PORT is the port of a server that must get nothing. Undefined: a replay. */
  sends: string | undefined;
  mode?: string;
  options?: TestProxyOptions['options'];
  addon?: Addon;
  /** The address that the permit sees; by default that of the server. */
  address?: readonly [string, number];
  via?: string;
  /** Code of the flow's error; undefined if there is no flow. */
  code: string | undefined;
}

const GET = 'GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n';
const CONNECT = 'CONNECT 127.0.0.1:PORT HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n';

const CASES: Case[] = [
  { name: 'a request', sends: GET, code: 'not-permitted' },
  { name: 'CONNECT, eager', sends: CONNECT, code: 'not-permitted' },
  {
    name: 'CONNECT, lazy, bytes inside',
    sends: `${CONNECT}\0\x01`,
    options: { connectionStrategy: 'lazy' },
    code: undefined,
  },
  {
    name: 'CONNECT, lazy, HTTP inside',
    sends: `${CONNECT}GET / HTTP/1.1\r\nHost: a\r\n\r\n`,
    options: { connectionStrategy: 'lazy' },
    code: 'not-permitted',
  },
  {
    name: 'reverse mode',
    sends: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    mode: 'reverse:http://127.0.0.1:PORT',
    code: 'not-permitted',
  },
  {
    name: 'reverse mode, lazy',
    sends: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    mode: 'reverse:http://127.0.0.1:PORT',
    options: { connectionStrategy: 'lazy' },
    code: 'not-permitted',
  },
  {
    name: 'reverse mode, TLS to the server',
    sends: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    mode: 'reverse:https://127.0.0.1:PORT',
    code: 'not-permitted',
  },
  { name: 'SOCKS', sends: 'SOCKS', mode: 'socks5', code: undefined },
  {
    name: 'an upstream proxy',
    sends: `GET http://${NAME}/ HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`,
    mode: 'upstream:http://127.0.0.1:PORT',
    address: [NAME, 80],
    via: 'http',
    code: 'not-permitted',
  },
  {
    name: 'an upstream SOCKS proxy',
    sends: `GET http://${NAME}/ HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`,
    mode: 'upstream:socks5://127.0.0.1:PORT',
    address: [NAME, 80],
    via: 'socks5',
    code: 'not-permitted',
  },
  {
    name: 'no name is looked up',
    sends: `GET http://${NAME}/ HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`,
    address: [NAME, 80],
    code: 'not-permitted',
  },
  {
    name: 'an addon moves the request',
    sends: GET,
    addon: {
      request: (flow) => {
        flow.request.host = NAME;
      },
    },
    address: [NAME, 0],
    code: 'not-permitted',
  },
  {
    name: 'an addon moves the connection',
    sends: GET,
    addon: {
      serverConnect: ({ server }) => {
        server.address = [NAME, 1];
      },
    },
    address: [NAME, 1],
    code: 'not-permitted',
  },
  { name: 'a replay', sends: undefined, code: 'not-permitted' },
];

for (const { name, sends, mode = 'regular', options, addon = {}, address, via, code } of CASES) {
  t.test(name, async (t) => {
    const origin = await RawOrigin.start(t);
    const filled = (text: string): string => text.replaceAll('PORT', String(origin.port));
    const wanted: WantedConnection[] = [];
    const permitConnection: ConnectionPermit = (each) => {
      wanted.push(each);
      return { message: 'No.' };
    };
    const errors: (string | undefined)[] = [];
    const watch: Addon = { serverConnectError: ({ server }) => void errors.push(server.error) };
    const proxy = await TestProxy.start(t, {
      options: { mode: [filled(mode)], ...options },
      permitConnection,
      addons: [addon, watch],
    });
    if (sends === undefined) {
      const flow = await proxy.engine.replayClient().send(HttpRequest.make('GET', `http://127.0.0.1:${origin.port}/`));
      t.equal(flow.error?.code, code);
      releaseFlow(flow);
    } else {
      const wire = await proxy.connect();
      if (sends === 'SOCKS') wire.send(socksTo(origin.port));
      else wire.send(filled(sends));
      if (code !== undefined) t.equal((await proxy.flow()).flow.error?.code, code);
      await wire.until(() => wire.ended || wire.closed || wire.text.includes('502'), 'the refusal');
    }
    t.equal(origin.connections.length, 0);
    const expected = address ?? ['127.0.0.1', origin.port];
    t.same(wanted[0]?.address, [expected[0], expected[1] || origin.port]);
    t.equal(wanted[0]?.isReplay, sends === undefined);
    t.equal(wanted[0]?.via?.scheme, via);
    t.equal(errors[0], 'No.', 'the hook of failed connections');
  });
}

t.test('a CONNECT through another proxy needs a permit for its target, too', async (t) => {
  const parent = await RawOrigin.start(t);
  const permitConnection: ConnectionPermit = ({ address: [host] }) => (host === NAME ? { message: 'No.' } : undefined);
  const proxy = await TestProxy.start(t, { options: { mode: ['socks5'] }, permitConnection });
  const wire = await proxy.connect();
  wire.send(socksTo(parent.port));
  await parent.connection();
  wire.send(`CONNECT ${NAME}:443 HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
  await wire.has('HTTP/1.1 502');
  t.equal((await proxy.flow()).flow.error?.code, 'not-permitted');
  t.equal(parent.connections[0]!.text, '', 'the proxy was not asked');
});

t.test('the refusal decides the code and the status', async (t) => {
  const proxy = await TestProxy.start(t, {
    permitConnection: () => ({ message: 'No.', code: 'refused-by-addon', status: 503 }),
  });
  const wire = await proxy.connect();
  wire.send(GET.replaceAll('PORT', '1'));
  await wire.has('HTTP/1.1 503');
  t.equal((await proxy.flow()).flow.error?.code, 'refused-by-addon');
});

t.test('several permits', (t) => {
  const wanted = {} as WantedConnection;
  const yes: ConnectionPermit = () => undefined;
  const no =
    (message: string): ConnectionPermit =>
    () => ({ message });
  t.equal(allPermits([]), undefined);
  t.equal(allPermits([yes]), yes);
  t.equal(allPermits([yes, yes])!(wanted), undefined);
  t.same(allPermits([yes, no('a'), no('b')])!(wanted), { message: 'a' });
  t.end();
});

/** A SOCKS 5 greeting without authentication, and the request for a connection to a port of this machine. */
function socksTo(port: number): Buffer {
  return Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255]);
}
