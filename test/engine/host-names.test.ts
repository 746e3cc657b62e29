import { join } from 'node:path';
import t from 'tap';
import { writeGreeting, writeRequest } from '../../src/engine/socks5/messages.js';
import type { Addon } from '../../src/flow/hooks/hooks.js';
import { folder } from '../support/folder.js';
import { identity, trusting } from '../support/identity.js';
import { answering, OK, RawOrigin } from '../support/raw-origin.js';
import { ESTABLISHED, TestProxy } from '../support/test-proxy.js';
import { ask, connectThrough } from '../support/tls-client.js';
import { tlsOrigin } from '../support/tls-origin.js';
import { testAuthority } from './tls/support.js';

const UTF8 = Buffer.from('bücher.test.').toString('latin1');
const ASCII = 'xn--bcher-kva.test.';

/** Notes what would be looked up, and leads it to a port of this machine. */
function resolver(port: number): Addon & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    serverConnect({ server }) {
      asked.push(server.address!.join(':'));
      server.address = ['127.0.0.1', port];
    },
  };
}

t.test('a name in UTF-8 is resolved as IDNA, in every mode', async (t) => {
  const inside = `GET / HTTP/1.1\r\nHost: ${UTF8}\r\n\r\n`;
  const ways: [what: string, mode: string, opening: (string | Buffer)[], answer: string, request: string][] = [
    ['an absolute URL', 'regular', [], '', `GET http://${UTF8}:81/ HTTP/1.1\r\nHost: ${UTF8}:81\r\n\r\n`],
    ['CONNECT', 'regular', [`CONNECT ${UTF8}:81 HTTP/1.1\r\nHost: ${UTF8}:81\r\n\r\n`], ESTABLISHED, inside],
    ['SOCKS', 'socks5', [writeGreeting([0]), writeRequest(1, [UTF8, 81])], '\x05\0\x05\0\0\x01', inside],
  ];
  for (const [what, mode, opening, answer, request] of ways) {
    const origin = await RawOrigin.start(t, answering(OK));
    const names = resolver(origin.port);
    const proxy = await TestProxy.start(t, { options: { mode: [mode] }, addons: [names] });
    const client = await proxy.connect();
    for (const bytes of opening) client.send(bytes);
    if (answer) await client.has(answer);
    client.send(request);
    await client.has(OK);
    t.same(names.asked, [`${ASCII}:81`], what);
    t.equal((await origin.connection()).text, request.replace(/http:\/\/[^/]*/, ''), 'Host goes on as it came');
    const { flow } = await proxy.http();
    t.match(flow.request, { host: ASCII, port: 81, prettyHost: ASCII });
    t.equal(flow.request.url, `http://${ASCII}:81/`);
    const connected = proxy.logged.find(({ message }) => message.startsWith('server connect'));
    t.match(connected?.message, '127.0.0.1');
  }
});

t.test('digits that UTS 46 maps are an address', async (t) => {
  const origin = await RawOrigin.start(t, answering(OK));
  const proxy = await TestProxy.start(t);
  const client = await proxy.connect();
  const host = Buffer.from('１２７.0.0.1').toString('latin1');
  client.send(`GET http://${host}:${origin.port}/ HTTP/1.1\r\n\r\n`);
  await client.has(OK);
  t.equal((await origin.connection()).text, `GET / HTTP/1.1\r\nHost: ${origin.authority}\r\n\r\n`);
});

t.test('SNI and certificates are in ASCII and without the final dot', async (t) => {
  const root = testAuthority();
  const origin = await tlsOrigin(t, identity(root, ['xn--bcher-kva.test']));
  const options = trusting(join(folder(t), 'root.pem'), root);
  const proxy = await TestProxy.start(t, { options, addons: [resolver(origin.port)] });
  const { socket, status } = await connectThrough(proxy.port, 'bücher.test.:443');
  t.match(status, /^HTTP\/1\.1 200 /);
  const { peer, response } = await ask(socket, proxy.authority, { path: '/x' });
  t.match(response, /\/x$/);
  t.match(peer?.certificate.subjectaltname, 'DNS:xn--bcher-kva.test');
  const plain = await proxy.connect();
  plain.send(`GET https://${UTF8}/y HTTP/1.1\r\n\r\n`);
  await plain.has('\r\n\r\n/y');
  t.same(origin.seen, ['xn--bcher-kva.test', 'xn--bcher-kva.test']);
  t.match((await proxy.http()).flow.request, { host: ASCII, scheme: 'https' });
});
