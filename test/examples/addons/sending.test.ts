import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../cli/tsdump.js';
import { needs } from '../../e2e/support/command.js';
import { mirror, Origin, type Received } from '../../e2e/support/origin.js';
import { Recording } from '../../e2e/support/recording.js';
import { testAuthority } from '../../engine/tls/support.js';
import { folder, write } from '../../support/folder.js';
import { identity } from '../../support/identity.js';
import { fetchBy, scripts, startBefore } from './support.js';

t.setTimeout(300_000);

t.test('requests that are sent again, a capture that is read, and a shutdown', needs('curl'), async (t) => {
  const origin = await Origin.start(t, ({ target, headers }, response: ServerResponse) => {
    const isAllowed = headers.some((field) => field.startsWith('Authorization'));
    response.writeHead(isAllowed ? 200 : 401).end(target);
  });
  const args = scripts('http/duplicate-modify-replay', 'program/shutdown');
  const recording = await startBefore(t, origin.authority, args);
  const { body } = await fetchBy(recording, 'http://example.com/x', '-H', 'Authorization: Basic eA==');
  t.equal(body, 'http://example.com/x');
  await recording.program.logged(/http:\/\/example\.com\/x: 200, then 401$/m);
  t.same(
    origin.received.map(({ target }) => target),
    ['http://example.com/x', 'http://example.com/x?debug=1'],
    'duplicate-modify-replay',
  );
  t.equal((await fetchBy(recording, 'http://example.com/shutdown')).body, 'Good bye.\n', 'shutdown: the last answer');
  t.equal((await recording.program.ended).code, 0, 'shutdown');

  const { stdout, code } = await run(t, ['-nqr', recording.capture, ...scripts('captures/read-flows')]);
  t.equal(code, 0);
  const lines = String(stdout).split('\n');
  t.same(
    lines.sort().slice(1, 3),
    ['GET http://example.com/shutdown: 200', 'GET http://example.com/x: 200'].sort(),
    'read-flows',
  );
  t.match(String(stdout), /^example\.com: \d+ bytes$/m, 'read-flows');
});

t.test('several upstream proxies', needs('curl'), async (t) => {
  const proxies = [await Origin.start(t, mirror), await Origin.start(t, mirror)];
  const settings = proxies.flatMap(({ authority }) => ['--set', `upstream_proxy=${authority}`]);
  const recording = await Recording.start(t, { args: [...scripts('connections/upstream-proxy'), ...settings] });
  for (const host of ['a', 'b', 'a', 'c']) {
    const url = `http://${host}.example/`;
    t.equal((await fetchBy(recording, url)).body, `GET ${url} 0\n`, 'the proxy gets the whole URL');
  }
  const seen = proxies.map(({ received }) =>
    received
      .map(({ target }) => new URL(target).host)
      .sort()
      .join(' '),
  );
  t.same(seen.sort(), ['a.example a.example c.example', 'b.example'], 'each host has its proxy');
  await recording.stop(t);
});

t.test('sslstrip', needs('curl'), async (t) => {
  const authority = testAuthority();
  const serve = (received: Received, response: ServerResponse): void => {
    if (received.target !== '/login') return mirror(received, response);
    response.setHeader('Strict-Transport-Security', 'max-age=1').setHeader('Set-Cookie', 'a=1; Secure; Path=/');
    response.setHeader('Content-Type', 'text/html').end(`<a href="${secure.url('/next', 'localhost')}">`);
  };
  const secure = await Origin.start(t, serve, { tls: identity(authority, ['localhost']) });
  const plain = await Origin.start(t, (_, response) => {
    const policy = 'default-src https:; upgrade-insecure-requests';
    response.writeHead(301, { Location: secure.url('/login', 'localhost'), 'Content-Security-Policy': policy }).end();
  });
  const trusted = write(join(folder(t), 'ca.pem'), authority.certificatePem);
  const args = [...scripts('http/sslstrip'), '--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
  const recording = await Recording.start(t, { args });
  const login = `http://localhost:${secure.port}/login`;
  const first = await fetchBy(recording, plain.url('/'));
  t.match(first.head, `\r\nLocation: ${login}\r\n`);
  t.match(first.head, /^Content-Security-Policy: default-src https:; \r$/m);
  const second = await fetchBy(recording, login);
  t.equal(second.body, `<a href="http://localhost:${secure.port}/next">`);
  t.match(second.head, /^Set-Cookie: a=1; Path=\/\r$/m);
  t.notMatch(second.head, 'Strict-Transport-Security');
  t.equal((await fetchBy(recording, `http://localhost:${secure.port}/next`)).body, 'GET /next 0\n', 'over https');
  await recording.stop(t);
});

t.test('options-check: a value that is not allowed ends the start', async (t) => {
  const { code, stderr } = await run(t, [
    '-n',
    '-r',
    '/dev/null',
    ...scripts('program/options-check'),
    '--set',
    'max_age=9999',
  ]);
  t.equal(code, 2);
  t.match(stderr, /options-check\.ts:\d+:\d+: Error: max_age must be from 0 to 3600/);
});
