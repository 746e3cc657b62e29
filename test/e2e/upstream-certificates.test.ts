import { join } from 'node:path';
import t from 'tap';
import { run } from '../cli/tsdump.js';
import { DAY, testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { type Identity, identity, selfSigned } from '../support/identity.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];

/** Servers that must not be trusted, and why. */
const CASES: [what: string, identity: Identity, trusting: boolean, reason: RegExp][] = [
  ['expired', identity(upstream, ['localhost'], undefined, Date.now() - 100 * DAY), true, /has expired/],
  ['not yet valid', identity(upstream, ['localhost'], undefined, Date.now() + 100 * DAY), true, /not valid yet/],
  ['self-signed', selfSigned(), true, /self-signed/],
  ['of another host', identity(upstream, ['other.example']), true, /localhost.*other\.example/],
  ['of an unknown authority', identity(upstream, ['localhost']), false, /issuer of the certificate is unknown/],
];

for (const [what, tls, trusting, reason] of CASES) {
  t.test(`a certificate that is ${what}`, CURL, async (t) => {
    const origin = await Origin.start(t, mirror, { tls });
    const recording = await Recording.start(t, { args: trusting ? TRUSTING : [] });
    const urls = [origin.url('/1', 'localhost'), origin.url('/2', 'localhost')];
    const args = ['--cacert', recording.ca, '-w', '%{http_code} %{num_connects}\n', ...urls];
    const { code, stdout, stderr } = await curl(recording.url, args);
    t.equal(code, 0, 'the client trusts the proxy', { stderr });
    const [first, second] = String(stdout).split(/502 1\n/);
    t.match(first, reason, 'it is told the reason');
    t.match(second, reason, 'and again');
    t.equal(origin.received.length, 0);

    const flows = await recording.http(t);
    t.same(
      flows.map(({ flow }) => flow.request.url),
      urls,
    );
    for (const { flow } of flows) t.match(flow.error?.message, reason, 'the flow says it');
    t.match(await recording.read(t, 1), reason);
  });
}

t.test('servers are not verified with --ssl-insecure', CURL, async (t) => {
  const recording = await Recording.start(t, { args: ['-k'] });
  for (const [what, tls] of CASES) {
    const origin = await Origin.start(t, mirror, { tls });
    const url = origin.url('/', 'localhost');
    const { code, stdout, stderr } = await curl(recording.url, ['--cacert', recording.ca, url]);
    t.equal(code, 0, what, { stderr });
    t.equal(String(stdout), 'GET / 0\n');
  }
  for (const { flow } of await recording.http(t)) t.equal(flow.error, undefined);
});

t.test('a server that asks for a certificate of the client', CURL, async (t) => {
  const mutual = { ...identity(upstream, ['localhost']), requestCert: true, ca: [upstream.certificatePem] };
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const origin = await Origin.start(t, mirror, { tls: { ...mutual, minVersion: version, maxVersion: version } });
    const recording = await Recording.start(t, { args: TRUSTING });
    const args = ['--cacert', recording.ca, '-w', '%{http_code}', origin.url('/', 'localhost')];
    t.match(String((await curl(recording.url, args)).stdout), /requires a client certificate.*502$/s, version);
    const [{ flow }] = await recording.http(t);
    t.match(flow.error?.message, /requires a client certificate/);
  }
});

t.test('a file of authorities that cannot be used', async (t) => {
  for (const [content, reason] of [
    [undefined, /cannot be read/],
    ['nothing of the kind', /holds no certificate/],
  ] as const) {
    const path = join(folder(t), 'ca.pem');
    if (content !== undefined) write(path, content);
    const { code, stderr } = await run(t, ['-p', '0', '--set', `ssl_verify_upstream_trusted_ca=${path}`]);
    t.equal(code, 2, stderr);
    t.match(stderr, reason);
    t.ok(stderr.includes(path) && stderr.includes('ssl_verify_upstream_trusted_ca'));
  }
});
