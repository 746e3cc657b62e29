import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Authority } from '../../src/engine/index.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import { exchange } from '../addons/rewrite/flows.js';
import { HOME, Tsdump } from '../cli/tsdump.js';
import { testAuthority } from '../engine/tls/support.js';
import { toFormat } from '../serialize/flows.js';
import { identity } from '../support/identity.js';
import { ask, connectThrough } from '../support/tls-client.js';
import { until } from '../support/until.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';

const HOST = 'api.recorded.test';

/** A flow of a server whose name is not to be found, with its certificate. */
function recorded(): HttpFlow {
  const flow = exchange({ url: `https://${HOST}/a?x=1`, responseBody: 'recorded' });
  const { cert } = identity(testAuthority(), [HOST, '*.recorded.test'], 'Recorded Inc.');
  flow.server.tls = {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    sni: HOST,
    alpn: 'h2',
    alpnOffers: ['h2', 'http/1.1'],
    cipherOffers: [],
    certificates: [new X509Certificate(cert).raw],
    timestampSetup: 1000,
  };
  return flow;
}

t.test('no socket is opened but to this machine, and no name is looked up', needs('curl', 'strace'), async (t) => {
  const folder = t.testdir({});
  const capture = join(folder, 'capture.bin');
  const trace = join(folder, 'trace');
  writeFileSync(capture, await toFormat('native', [recorded()]));
  const script = join(folder, 'replay.mjs');
  writeFileSync(
    script,
    'export async function requestHeaders(flow) { if (flow.request.host === "other.test" && !flow.isReplay) await flow.replay().catch(() => {}); }',
  );
  const shell = `exec strace -D -f -o ${trace} -e trace=connect,sendto,sendmsg "$@"`;
  const program = new Tsdump(t, ['-p', '0', '-S', capture, '--offline', '--fail-on-miss', '-s', script], { shell });
  const port = await program.port();
  const ca = join(HOME, '.tsdump/tsdump-ca-cert.pem');
  const proxy = `http://127.0.0.1:${port}`;
  const answer = await curl(proxy, ['--cacert', ca, `https://${HOST}/a?x=1`]);
  t.equal(String(answer.stdout), 'recorded');
  const miss = await curl(proxy, ['--cacert', ca, '-w', ' %{http_code}', `https://${HOST}/a?x=2`]);
  t.match(String(miss.stdout), /"where":"query x","recorded":"1","now":"2".* 599$/);
  t.match(String((await curl(proxy, ['-w', ' %{http_code}', 'http://other.test/'])).stdout), / 599$/);
  const other = await connectThrough(port, 'other.test:443');
  t.match(other.status, / 200 /, 'a CONNECT does not connect');
  other.socket.destroy();

  const { socket } = await connectThrough(port, `${HOST}:443`);
  const authority = { certificatePem: readFileSync(ca, 'utf8') } as Authority;
  const { peer } = await ask(socket, authority, { servername: HOST, name: HOST, path: '/' });
  t.equal(peer?.certificate.subjectaltname, `DNS:${HOST}, DNS:*.recorded.test`);
  t.equal(peer?.certificate.subject.O, 'Recorded Inc.');
  program.child.kill('SIGINT');
  const { code } = await program.ended;
  t.equal(code, 1, 'there were misses');
  // strace runs on for a moment.
  await until(() => readFileSync(trace, 'utf8').includes('+++ exited with 1'), 'the end of the trace');
  const outside = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => /AF_INET/.test(line) && !/127\.0\.0\.1|"::1"/.test(line));
  t.same(outside, []);
});
