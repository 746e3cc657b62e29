import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const upstream = testAuthority();
const TRUSTED = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${TRUSTED}`];
const LARGE = 5_000_000;

/** Answers with version, method, path and the size of the body; `/large` with a large body. */
function answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
  });
  request.on('end', () => {
    if (request.url === '/large') response.end(Buffer.alloc(LARGE, 'x'));
    else response.end(`${request.httpVersion} ${request.method} ${request.url} ${size}\n`);
  });
}

async function listen(t: Test, server: Http2SecureServer | Http2Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server with TLS. @param allowHTTP1 false for one that speaks HTTP/2 only */
function secureOrigin(t: Test, allowHTTP1 = true): Promise<number> {
  const { cert, key } = identity(upstream, ['localhost', '127.0.0.1']);
  return listen(t, createSecureServer({ cert, key, allowHTTP1 }, answer));
}

t.test('curl over TLS: the version that the client and the server agree on', CURL, async (t) => {
  const port = await secureOrigin(t);
  const recording = await Recording.start(t, { args: TRUSTING });
  const ask = async (args: readonly string[], path: string) =>
    String((await curl(recording.url, ['--cacert', recording.ca, ...args, `https://localhost:${port}${path}`])).stdout);
  t.equal(await ask(['--http2'], '/a'), '2.0 GET /a 0\n');
  t.equal(await ask(['--http1.1'], '/b'), '1.1 GET /b 0\n');
  t.equal(await ask(['--http2', '-d', 'x'.repeat(1000)], '/c'), '2.0 POST /c 1000\n');
  t.equal((await ask(['--http2'], '/large')).length, LARGE);
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow: { request, response } }) => `${request.httpVersion} ${request.path} ${response?.httpVersion}`),
    ['HTTP/2.0 /a HTTP/2.0', 'HTTP/1.1 /b HTTP/1.1', 'HTTP/2.0 /c HTTP/2.0', 'HTTP/2.0 /large HTTP/2.0'],
  );
  t.equal((await recording.read(t, 1, '~http2')).match(/HTTP\/2\.0 200 OK/g)?.length, 3);
});

t.test('--no-http2, and a server that speaks HTTP/2 only', CURL, async (t) => {
  const both = await secureOrigin(t);
  const only = await secureOrigin(t, false);
  const off = await Recording.start(t, { args: [...TRUSTING, '--no-http2'] });
  const one = await curl(off.url, ['--cacert', off.ca, '--http2', `https://localhost:${both}/`]);
  t.equal(String(one.stdout), '1.1 GET / 0\n');
  const recording = await Recording.start(t, { args: [...TRUSTING, '--set', 'connection_strategy=lazy'] });
  const two = await curl(recording.url, ['--cacert', recording.ca, '--http2', `https://localhost:${only}/`]);
  t.equal(String(two.stdout), '2.0 GET / 0\n');
  const three = await curl(recording.url, ['--cacert', recording.ca, '--http1.1', `https://localhost:${only}/old`]);
  t.equal(String(three.stdout), '2.0 GET /old 0\n', 'a client of HTTP/1.1 is translated');
});

t.test('without TLS, by prior knowledge: in a tunnel, and through a reverse proxy', CURL, async (t) => {
  const port = await listen(t, createServer(answer));
  const recording = await Recording.start(t);
  const tunneled = await curl(recording.url, ['--http2-prior-knowledge', '-p', `http://127.0.0.1:${port}/in`]);
  t.equal(String(tunneled.stdout), '2.0 GET /in 0\n');
  const reverse = await Recording.start(t, { args: ['--mode', `reverse:http://127.0.0.1:${port}`] });
  const args = ['-q', '-sS', '--max-time', '50', '--http2-prior-knowledge', `${reverse.url}/a`];
  t.equal(String((await command('curl', args)).stdout), '2.0 GET /a 0\n');
  const [{ flow } = {}] = await reverse.http(t);
  t.equal(flow?.response?.httpVersion, 'HTTP/2.0');
});

t.test('through an upstream proxy', CURL, async (t) => {
  const port = await secureOrigin(t);
  const outer = await Recording.start(t, { args: TRUSTING });
  const inner = await Recording.start(t, {
    args: ['--mode', `upstream:${outer.url}`, '--set', `ssl_verify_upstream_trusted_ca=${outer.ca}`],
  });
  const { stdout } = await curl(inner.url, ['--cacert', inner.ca, '--http2', `https://localhost:${port}/up`]);
  t.equal(String(stdout), '2.0 GET /up 0\n');
});
