import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runWarm } from '../cli/warm.js';
import { folder } from '../support/folder.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { Origin, type Received } from './support/origin.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');

/** Through a proxy with these options. @returns what curl got, and what the server saw */
async function ask(
  t: Test,
  args: string[],
  curlArgs: (origin: Origin) => string[],
): Promise<{ stdout: string; received: Received[]; recording: Recording }> {
  const origin = await Origin.start(t, ({ target, body }, response) => {
    response.setHeader('Set-Cookie', 'a=1; Path=/');
    response.end(`${target} ${body} some content`);
  });
  const recording = await Recording.start(t, { args });
  const { stdout } = await curl(recording.url, curlArgs(origin));
  return { stdout: String(stdout), received: origin.received, recording };
}

t.test('headers', CURL, async (t) => {
  const args = ['-H', '/~q/X-Sent/1', '-H', '/~q/User-Agent/', '--modify-headers', '/~s/X-Got/2', '--anticache'];
  const headers = ['-H', 'If-None-Match: "x"', '-i'];
  const { stdout, received, recording } = await ask(t, [...args, '--anticomp'], (origin) => [
    ...headers,
    origin.url('/'),
  ]);
  t.match(stdout, /\r\nX-Got: 2\r\n/);
  const fields = received[0]!.headers.join('\n');
  t.match(fields, /X-Sent: 1/);
  t.match(fields, /accept-encoding: identity/);
  t.notMatch(fields, /User-Agent|If-None-Match/);
  const [{ flow }] = await recording.http(t);
  t.equal(flow.request.headers.get('x-sent'), '1', 'what was sent is recorded');
});

t.test('bodies', CURL, async (t) => {
  const args = ['-B', '/~q/secret (\\w+)/<\\1>', '-B', '/~s/some/any', '-B', '/~u absent/./'];
  const { stdout, received, recording } = await ask(t, args, (origin) => ['-d', 'a secret word', origin.url('/')]);
  t.equal(String(received[0]!.body), 'a <word>');
  t.equal(stdout, '/ a <word> any content');
  const [{ flow }] = await recording.http(t);
  t.equal(await flow.response!.body.text(), '/ a <word> any content');
});

t.test('another server, and files', CURL, async (t) => {
  const web = t.testdir({ 'index.html': '<h1>local</h1>' });
  writeFileSync(join(web, 'large'), Buffer.alloc(3_000_000, 'abc'));
  const origin = await Origin.start(t, ({ target }, response) => void response.end(target));
  const args = ['-M', `|http://mapped.test/|${origin.url('/there/')}`, '--map-local', `|http://local.test/|${web}`];
  const recording = await Recording.start(t, { args });
  const get = async (...more: string[]) => String((await curl(recording.url, more)).stdout);
  t.equal(await get('http://mapped.test/x?y'), '/there/x?y');
  t.match(origin.received[0]!.headers, [`Host: ${origin.authority}`]);
  t.match(
    await get('-i', 'http://local.test/'),
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Type: text\/html\r\n[\s\S]*<h1>local<\/h1>$/,
  );
  t.match(await get('-i', 'http://local.test/absent'), /^HTTP\/1\.1 404 /);
  t.match(await get('-i', '-r', '1-2', 'http://local.test/'), /^HTTP\/1\.1 206 [\s\S]*\r\n\r\nh1$/);
  t.match(await get('-I', 'http://local.test/large'), /Content-Length: 3000000\r\n/);
  t.ok((await get('http://local.test/large')) === 'abc'.repeat(1_000_000), 'a large file');
  await recording.stop(t);
});

t.test('cookies and credentials', CURL, async (t) => {
  const args = ['--stickycookie', '.', '--stickyauth', '~u kept'];
  const { received, recording } = await ask(t, args, (origin) => ['-u', 'ada:x', origin.url('/first')]);
  const origin = received[0]!.headers.find((line) => line.startsWith('Host: '))!.slice('Host: '.length);
  await curl(recording.url, [`http://${origin}/kept`]);
  const fields = received.at(-1)!.headers.join('\n');
  t.match(fields, /cookie: a=1/);
  t.match(fields, /authorization: Basic YWRhOng=/);
  await recording.stop(t);
});

t.test('limits of bodies', CURL, async (t) => {
  const args = ['--set', 'body_size_limit=1k'];
  const status = ['-o', '/dev/null', '-w', '%{http_code}'];
  const { stdout, received, recording } = await ask(t, args, (origin) => [
    ...status,
    '-d',
    'x'.repeat(2000),
    origin.url('/'),
  ]);
  t.equal(stdout, '413');
  t.equal(received.length, 0);
  const [{ flow }] = await recording.http(t);
  t.match(flow.error!.message, /body_size_limit/);
});

t.test('captures: what is changed is written, and nothing else', CURL, async (t) => {
  const { recording } = await ask(t, [], (origin) => ['-d', 'text', origin.url('/one'), origin.url('/two')]);
  await recording.stop(t);
  const same = join(folder(t), 'same.flows');
  t.equal((await runWarm(['-nr', recording.capture, '-w', same, '-B', '/absent/x', '--anticache'])).code, 0);
  t.ok(readFileSync(same).equals(readFileSync(recording.capture)), 'unchanged flows are copied');
  const changed = join(folder(t), 'changed.flows');
  const args = ['-B', '/~u one/text/other', '-H', '/~s/X-Got/1', '-M', '|two|three'];
  t.equal((await runWarm(['-nr', recording.capture, '-w', changed, ...args])).code, 0);
  const { stdout } = await runWarm(['-nr', changed, '--flow-detail', '3']);
  t.match(String(stdout), /\/one[\s\S]*other[\s\S]*X-Got: 1[\s\S]*\/three[\s\S]*text[\s\S]*X-Got: 1/);
});

t.test('a mistake in a spec', async (t) => {
  const { code, stderr } = await runWarm(['-n', '-r', '/dev/null', '-B', '/~q/a(/b']);
  t.equal(code, 2);
  t.match(stderr, /--modify-body: .*\n {2}\/~q\/a\(\/b\n {7}\^\n$/);
});
