import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import { describeFlow, readAll, sampleFlows, toBytes, toFormat } from '../flows.js';

const folder = t.testdir({});

/** What a HAR does not keep: certificates. */
function withoutCertificates(flows: readonly Flow[]): Flow[] {
  for (const { client, server } of flows) {
    for (const connection of [client, server]) if (connection.tls) connection.tls.certificates = [];
  }
  return [...flows];
}

t.test('HTTP flows come back but for their certificates, the others are left out', async (t) => {
  const flows = sampleFlows();
  const leftOut: Flow[] = [];
  const bytes = await toFormat('har', flows, { onLeftOut: (flow) => leftOut.push(flow), version: '1.2.3' });
  const http = withoutCertificates(flows.filter(({ type }) => type === 'http')) as HttpFlow[];
  t.same(
    leftOut.map(({ type }) => type),
    ['tcp', 'udp', 'dns', 'dns'],
  );
  const { log } = JSON.parse(bytes.toString());
  t.same([log.version, log.creator, log.entries.length], ['1.2', { name: 'tsdump', version: '1.2.3' }, http.length]);
  const expected = await Promise.all(http.map(describeFlow));
  const path = join(folder, 'all');
  writeFileSync(path, bytes);
  for (const input of [path, [bytes], [...bytes].map((byte) => Buffer.of(byte))]) {
    const { flows: read, damage, summary } = await readAll(input);
    t.same(damage, []);
    t.same(summary, { flows: http.length, recovered: 0, unknown: 0, damaged: 0 });
    t.strictSame(await Promise.all(read.map(describeFlow)), expected);
    t.ok((await toFormat('har', read, { version: '1.2.3' })).equals(bytes), 'written again it is the same');
  }
});

t.test('native, HAR, native', async (t) => {
  const { flows } = await readAll([await toBytes(sampleFlows().filter(({ type }) => type === 'http'))]);
  const { flows: back } = await readAll([await toFormat('har', flows)]);
  const again = await readAll([await toBytes(back)]);
  const expected = await Promise.all(withoutCertificates(flows).map(describeFlow));
  t.strictSame(await Promise.all(again.flows.map(describeFlow)), expected);
});
