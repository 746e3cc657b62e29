import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../cli/tsdump.js';
import { testAuthority } from '../../engine/tls/support.js';
import { folder, write } from '../../support/folder.js';
import { identity } from '../../support/identity.js';
import { needs } from '../support/command.js';
import { mirror, Origin } from '../support/origin.js';
import { Recording, readCapture } from '../support/recording.js';

const CURL = needs('curl');
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);

t.test('servers are verified with what programs trust in this environment', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const url = origin.url('/', 'localhost');
  for (const name of ['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE']) {
    const { stdout, stderr } = await run(t, ['--', 'curl', '-s', url], { env: { [name]: trusted } });
    t.equal(String(stdout), 'GET / 0\n', name, { stderr });
  }
  const { stdout } = await run(t, ['--', 'curl', '-s', '-w', '%{http_code}', '-o', '/dev/null', url]);
  t.equal(String(stdout), '502', 'and with nothing else');
});

t.test('a proxy of the environment that intercepts TLS itself', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const company = await Recording.start(t, {
    confdir: join(folder(t), 'company'),
    args: ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`, '--proxyauth', 'me:secret'],
  });
  const capture = join(folder(t), 'flows.bin');
  const env = { HTTPS_PROXY: company.url.replace('//', '//me:secret@'), SSL_CERT_FILE: company.ca };
  const args = ['-w', capture, '--ephemeral-ca', '--', 'curl', '-s', origin.url('/', 'localhost')];
  const { code, stdout, stderr } = await run(t, args, { env });
  t.same([code, String(stdout)], [0, 'GET / 0\n'], 'the request goes through both', { stderr });
  t.equal((await readCapture(capture)).length, 1);
  t.equal((await company.http(t)).length, 1);

  const direct = await run(t, ['--no-upstream-from-env', ...args], { env: { ...env, SSL_CERT_FILE: trusted } });
  t.equal(direct.code, 0, 'or through tsdump alone', { stderr: direct.stderr });
  const [recorded] = await readCapture(capture);
  t.equal(recorded!.flow.server.via, undefined);
});

t.test('a proxy that cannot be used is named before anything starts', async (t) => {
  const file = join(folder(t), 'flows.bin');
  const { code, stderr } = await run(t, ['-w', file, '--', 'true'], { env: { HTTPS_PROXY: 'ftp://me:secret@a' } });
  t.equal(code, 2);
  t.match(stderr, /^tsdump: HTTPS_PROXY /);
  t.notMatch(stderr, 'secret');
  t.notOk(existsSync(file));
});
