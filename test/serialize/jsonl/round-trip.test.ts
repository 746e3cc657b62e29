import t from 'tap';
import type { Flow } from '../../../src/flow/flow.js';
import { describeFlows, readAll, toBytes, toFormat } from '../flows.js';
import { checkRoundTrip } from '../round-trip.js';
import { sampleFlows } from '../sample-flows.js';

t.test('everything that a flow can have comes back', async (t) => {
  const flows = sampleFlows();
  const write = (all: Flow[]) => toFormat('jsonl', all);
  await checkRoundTrip(t, await write(flows), await describeFlows(flows), { 'written again': write });
});

t.test('native, JSON Lines, native', async (t) => {
  const native = await toBytes(sampleFlows());
  const { flows } = await readAll([native]);
  const { flows: back } = await readAll([await toFormat('jsonl', flows)]);
  const again = await readAll([await toBytes(back)]);
  t.strictSame(await describeFlows(again.flows), await describeFlows(flows));
});
