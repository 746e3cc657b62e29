import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import WebSocket from 'ws';
import { needs } from '../../e2e/support/command.js';
import { curl } from '../../e2e/support/curl.js';
import { mirror, Origin } from '../../e2e/support/origin.js';
import { Recording } from '../../e2e/support/recording.js';
import { testAuthority } from '../../engine/tls/support.js';
import { startEchoSocket } from '../../support/echo-socket.js';
import { folder, write } from '../../support/folder.js';
import { identity } from '../../support/identity.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { ESTABLISHED } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import { Wire } from '../../support/wire.js';
import { scripts } from './support.js';

t.setTimeout(300_000);

t.test('examples for messages and TLS, together', needs('curl'), async (t) => {
  const authority = testAuthority();
  const trusted = write(join(folder(t), 'ca.pem'), authority.certificatePem);
  const recording = await Recording.start(t, {
    args: [
      ...scripts(
        'connections/tcp',
        'connections/websocket',
        'connections/websocket-inject',
        'connections/tls-passthrough',
      ),
      ...['--set', `ssl_verify_upstream_trusted_ca=${trusted}`],
    ],
  });
  const tunnel = async (port: number): Promise<Socket> => {
    const socket = connect(recording.port, '127.0.0.1');
    socket.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`);
    await once(socket, 'data');
    return socket;
  };

  await t.test('websocket, websocket-inject', async (t) => {
    const port = await startEchoSocket(t);
    const socket = await tunnel(port);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`, { createConnection: () => socket });
    const heard: string[] = [];
    client.on('message', (data) => heard.push(String(data)));
    await once(client, 'open');
    for (const text of ['Hello you', 'a FOOBAR', 'a secret']) client.send(text);
    await until(() => heard.includes('ssssssh') && heard.includes('still here'), 'answers');
    client.close(1000);
    await once(client, 'close');
    t.same(heard.sort(), ['HAPPY from tsdump', 'HAPPY you', 'ssssssh', 'still here']);
    await recording.program.logged(/127\.0\.0\.1: client: Hello you\n[\s\S]*closed by the client, code 1000\n/);
  });

  await t.test('tcp', async (t) => {
    const origin = await RawOrigin.start(t, async (wire) => {
      await wire.has('\0a bar');
      wire.send('\0no foo');
    });
    const wire = await Wire.connect(recording.port);
    wire.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0a foo`);
    await wire.has(`${ESTABLISHED}\0no bar`);
    wire.end();
    await recording.program.logged(new RegExp(`from ${origin.authority}: "\\\\u0000no foo"`));
  });

  await t.test('tls-passthrough', async (t) => {
    const origin = await Origin.start(t, mirror, { tls: identity(authority, ['localhost']) });
    const url = origin.url('/x', 'localhost');
    const pinned = () => curl(recording.url, ['--cacert', trusted, url]);
    t.not((await pinned()).code, 0, 'our certificate is not accepted');
    await recording.program.logged(/localhost:\d+ is not intercepted from now on/);
    t.equal(String((await pinned()).stdout), 'GET /x 0\n', 'then it passes through');
  });
  await recording.stop(t);
});
