import t from 'tap';
import { type Check, MAX_FLOWS } from '../../../src/addons/checks/check.js';
import { type CountBound, CountCheck } from '../../../src/addons/checks/count-check.js';
import { flowLine } from '../../../src/addons/checks/flow-line.js';
import { type LatencyBound, LatencyCheck } from '../../../src/addons/checks/latency-check.js';
import { compileFilter } from '../../../src/filters/index.js';
import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import { plainHttpFlow, sampleFlows, upgradedFlow } from '../../serialize/sample-flows.js';
import { dispatcherOf } from '../../support/dispatcher.js';

const options = { title: '--x', option: 'x', showHost: false };

/** A flow that took so many milliseconds. */
function lasting(milliseconds: number): HttpFlow {
  const flow = plainHttpFlow(`/${milliseconds}`);
  flow.request.timestampStart = 1_700_000_000;
  flow.response!.timestampEnd = 1_700_000_000 + milliseconds / 1000;
  return flow;
}

async function conclude(check: Check, flows: readonly Flow[]): Promise<ReturnType<Check['conclude']>> {
  const hooks = dispatcherOf(check);
  for (const flow of flows) await hooks.emit('flowEnd', flow);
  return check.conclude();
}

t.test('counts', async (t) => {
  const table: [bound: CountBound, passes: string][] = [
    [{ sign: '=', count: 0 }, '1000'],
    [{ sign: '=', count: 2 }, '0010'],
    [{ sign: '>=', count: 2 }, '0011'],
    [{ sign: '>', count: 2 }, '0001'],
    [{ sign: '<=', count: 2 }, '1110'],
    [{ sign: '<', count: 2 }, '1100'],
  ];
  for (const [bound, passes] of table) {
    for (const [count, digit] of [...passes].entries()) {
      const check = new CountCheck(compileFilter('~u /yes'), bound, options);
      const flows = ['/no', ...Array.from({ length: count }, () => '/yes')].map((path) => plainHttpFlow(path));
      const { outcome, details = [], code } = await conclude(check, flows);
      const what = `${bound.sign}${bound.count}, ${count} flows`;
      t.equal(outcome, digit === '1' ? 'passed' : 'failed', what);
      if (outcome === 'passed') continue;
      t.equal(code, bound.sign.startsWith('>') || count < bound.count ? 'too_few' : 'too_many', what);
      t.equal(details.length, count, 'the flows that decided it');
    }
  }
});

t.test('the list of flows is bounded', async (t) => {
  const check = new CountCheck(compileFilter('~all'), { sign: '=', count: 0 }, options);
  const flows = Array.from({ length: 30 }, (_, at) => plainHttpFlow(`/${at}`));
  const { details = [], message } = await conclude(check, flows);
  t.equal(details.length, MAX_FLOWS + 1);
  t.match(details[0], flows[0]!.id);
  t.match(details.at(-1), /20 more/);
  t.match(message, /30 flows/);
});

t.test('a filter that reads bodies', async (t) => {
  const check = new CountCheck(compileFilter('~b needle'), { sign: '=', count: 1 }, options);
  const { outcome } = await conclude(check, [plainHttpFlow('/a', 'a needle'), plainHttpFlow('/b', 'hay')]);
  t.equal(outcome, 'passed');
});

t.test('latencies', async (t) => {
  const flows = Array.from({ length: 20 }, (_, at) => lasting((at + 1) * 10));
  const table: [figure: LatencyBound['figure'], sign: LatencyBound['sign'], limit: number, passes: boolean][] = [
    [{ percent: 50 }, '<', 0.0999, false],
    [{ percent: 50 }, '<=', 0.10001, true],
    [{ percent: 55 }, '<', 0.115, true],
    [{ percent: 95 }, '<', 0.191, true],
    [{ percent: 95 }, '<', 0.189, false],
    [{ percent: 99.9 }, '<', 0.199, false],
    ['max', '<', 0.201, true],
    ['max', '<', 0.2, false],
    ['mean', '<', 0.106, true],
    ['mean', '<', 0.104, false],
    [{ percent: 50 }, '>', 0.2, false],
    [{ percent: 50 }, '>=', 0.05, true],
  ];
  for (const [figure, sign, limit, passes] of table) {
    const { outcome, details = [] } = await conclude(
      new LatencyCheck(undefined, { figure, sign, limit }, options),
      flows,
    );
    t.equal(outcome, passes ? 'passed' : 'failed', `${JSON.stringify(figure)} ${sign} ${limit}`);
    if (passes) continue;
    t.equal(details.length, MAX_FLOWS);
    t.match(details[0], sign.startsWith('<') ? '/200 ' : '/10 ', 'the worst flow comes first');
  }
});

t.test('flows without a duration do not count, and no flow at all fails', async (t) => {
  const check = new LatencyCheck(compileFilter('~all'), { figure: 'max', sign: '<', limit: 9 }, options);
  const open = plainHttpFlow('/open');
  open.response!.timestampEnd = undefined;
  const { outcome, code } = await conclude(check, [open, upgradedFlow()]);
  t.equal(outcome, 'failed');
  t.equal(code, 'no_flows');
});

t.test('a clock that was set back', async (t) => {
  const check = new LatencyCheck(undefined, { figure: 'max', sign: '<', limit: 0.001 }, options);
  t.equal((await conclude(check, [lasting(-5000)])).outcome, 'passed');
});

t.test('values that look equal are shown in full', async (t) => {
  const check = new LatencyCheck(undefined, { figure: 'max', sign: '<', limit: 0.3 }, options);
  t.match((await conclude(check, [lasting(300.2)])).message, /300\.2 ms/);
});

t.test('a flow in one line', async (t) => {
  for (const flow of sampleFlows()) {
    const line = flowLine(flow, false);
    t.match(line, new RegExp(`, ${flow.id}$`));
    t.notMatch(line, /[\x00-\x1f\x7f-\x9f]/);
    t.ok(line.length < 600);
  }
  const flow = lasting(12.3);
  flow.id = 'ID';
  flow.request.timestampStart = 1_700_000_000.5;
  flow.response!.timestampEnd = 1_700_000_000.625;
  t.equal(flowLine(flow, false), 'GET http://example.com/12.3 -> 200, 125 ms, 2023-11-14T22:13:20.500Z, ID');
  flow.error = { message: 'gone\n::x', timestamp: 0 };
  t.match(flowLine(flow, false), / -> error: gone\.::x, /);
});
