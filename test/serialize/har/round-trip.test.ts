import t from 'tap';
import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import { describeFlows, readAll, toBytes, toFormat } from '../flows.js';
import { checkRoundTrip } from '../round-trip.js';
import { sampleFlows } from '../sample-flows.js';

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
  const write = (all: Flow[]) => toFormat('har', all, { version: '1.2.3' });
  await checkRoundTrip(t, bytes, await describeFlows(http), { 'written again': write });
});

t.test('native, HAR, native', async (t) => {
  const { flows } = await readAll([await toBytes(sampleFlows().filter(({ type }) => type === 'http'))]);
  const { flows: back } = await readAll([await toFormat('har', flows)]);
  const again = await readAll([await toBytes(back)]);
  const expected = await describeFlows(withoutCertificates(flows));
  t.strictSame(await describeFlows(again.flows), expected);
});
