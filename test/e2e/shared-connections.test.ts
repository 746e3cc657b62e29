import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runWarm } from '../cli/warm.js';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { Recording, readCapture } from './support/recording.js';

const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const COUNT = 4;

t.test('share_connections: programs share a connection, and every format says so', needs('curl'), async (t) => {
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const recording = await Recording.start(t, {
    args: ['--set', 'share_connections=true', '--set', `ssl_verify_upstream_trusted_ca=${trusted}`],
  });
  for (let at = 0; at < COUNT; at++) {
    const args = ['--cacert', recording.ca, origin.url(`/${at}`, 'localhost')];
    const { code, stdout, stderr } = await curl(recording.url, args);
    t.equal(code, 0, { stderr });
    t.equal(String(stdout), `GET /${at} 0\n`);
  }
  t.equal(origin.connections, 1);
  const flows = await recording.http(t);
  const ids = new Set(flows.map(({ flow }) => flow.server.id));
  t.equal(flows.length, COUNT);
  t.equal(ids.size, 1);
  t.equal(new Set(flows.map(({ flow }) => flow.client.id)).size, COUNT);
  const [id] = [...ids];
  const converted = async (name: string): Promise<string> => {
    const path = join(folder(t), name);
    const { code, stderr } = await runWarm(['-nr', recording.capture, '-w', path]);
    t.equal(code, 0, { stderr });
    return path;
  };
  const lines = readFileSync(await converted('flows.jsonl'), 'utf8')
    .trim()
    .split('\n');
  t.same(
    lines.map((line) => JSON.parse(line).server.id),
    Array(COUNT).fill(id),
  );
  const { entries } = JSON.parse(readFileSync(await converted('flows.har'), 'utf8')).log;
  t.same(
    entries.map((entry: { connection: string }) => entry.connection),
    Array(COUNT).fill(id),
  );
  t.same(
    entries.map((entry: { timings: { connect: number } }) => entry.timings.connect >= 0),
    [true, ...Array(COUNT - 1).fill(false)],
    'it was opened for the first',
  );
  const back = await readCapture(await converted('flows.mitm'));
  t.same(
    back.map(({ flow }) => (flow.type === 'http' ? flow.server.id : undefined)),
    Array(COUNT).fill(id),
  );
});
