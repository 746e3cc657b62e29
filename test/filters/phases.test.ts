import t from 'tap';
import { compileFilter } from '../../src/filters/index.js';
import { loadBodies } from '../../src/flow/filter.js';
import type { Flow, Phase } from '../../src/flow/index.js';
import { Random } from '../support/random.js';
import { randomExpression } from './random-expression.js';
import { makeFlow, SAMPLES } from './sample-flows.js';

const PHASES: Phase[] = ['requestHeaders', 'request', 'responseHeaders', 'response', 'end'];

/** What each expression says in the five phases of a live flow: y(es), n(o), l(ater). */
const CASES: Record<string, [expression: string, verdicts: string][]> = {
  api: [
    ['~all', 'yyyyy'],
    ['~http', 'yyyyy'],
    ['~tcp', 'nnnnn'],
    ['~websocket', 'nnnnn'],
    ['~tls', 'nnnnn'],
    ['~m POST', 'yyyyy'],
    ['~m GET', 'nnnnn'],
    ['~d example', 'yyyyy'],
    ['~u users', 'yyyyy'],
    ['~g /v1/*', 'yyyyy'],
    ['~src ::1', 'yyyyy'],
    ['~dst 8080', 'yyyyy'],
    ['~c 201', 'llyyy'],
    ['~c 200', 'llnnn'],
    ['!~c 200', 'llyyy'],
    ['~q', 'yynnn'],
    ['!~q', 'llyyy'],
    ['~s', 'llyyy'],
    ['!~s', 'yynnn'],
    ['~q & ~m POST', 'yynnn'],
    ['~q & ~bq bob', 'lynnn'],
    ['~q | ~bs state', 'yylyy'],
    ['~s & ~bq bob', 'lllyy'],
    ['!~q & ~bq bob', 'lllyy'],
    ['~e', 'lllln'],
    ['!~e', 'yyyyy'],
    ['~h token', 'yyyyy'],
    ['~h gzip', 'llyyy'],
    ['~h nothing', 'llnnn'],
    ['~hq gzip', 'nnnnn'],
    ['~hs gzip', 'llyyy'],
    ['~t json', 'yyyyy'],
    ['~ts json', 'llyyy'],
    ['~a', 'llnnn'],
    ['~hdr content-encoding', 'llyyy'],
    ['~hdrq content-encoding', 'nnnnn'],
    ['~bq bob', 'lylyy'],
    ['~bq nothing', 'lnlnn'],
    ['~bs state', 'lllyy'],
    ['~bs nothing', 'lllnn'],
    ['~b bob', 'lylyy'],
    ['~b nothing', 'lllnn'],
    ['!~b nothing', 'lllyy'],
    ['~jsonq .user', 'lylyy'],
    ['~m GET & ~b x', 'nnnnn'],
    ['~m POST | ~b x', 'yyyyy'],
    ['~m GET | ~c 201', 'llyyy'],
    ['~size >1', 'lllyy'],
    ['~bqsize >1', 'lyyyy'],
    ['~bssize >1', 'lllyy'],
    ['~dur <1s', 'lllyy'],
    ['~after 1970-01-01', 'yyyyy'],
    ['~marked', 'yyyyy'],
    ['!~marked', 'lllln'],
    ['~marker moon', 'lllln'],
    ['!~marker moon', 'yyyyy'],
    ['~comment second', 'yyyyy'],
    ['~meta nothing', 'lllln'],
    ['~replay', 'nnnnn'],
  ],
  page: [
    ['~bq x', 'nnnnn'],
    ['~bq ^$', 'yyyyy'],
    ['~b x', 'lllnn'],
    ['~bqsize 0', 'yyyyy'],
  ],
  chat: [
    ['~websocket', 'llyyy'],
    ['~b hello', 'lllyy'],
    ['~bq hello', 'lllyy'],
    ['~bq nothing', 'lllnn'],
    ['~bs hello', 'lllnn'],
    ['~size >20', 'lllyy'],
    ['~dur 10s', 'lllyy'],
  ],
  failed: [
    ['~q', 'yyyyy'],
    ['~s', 'llnnn'],
    ['~c 200', 'llnnn'],
    ['~e', 'lllly'],
  ],
  tcp: [
    ['~q', 'nnnnn'],
    ['~c 200', 'nnnnn'],
    ['~b ready', 'lllyy'],
    ['~bq ready', 'lllnn'],
    ['~size >1', 'lllyy'],
    ['~dst 25', 'yyyyy'],
  ],
  dns: [
    ['~q', 'yynnn'],
    ['~s', 'llyyy'],
    ['~u dns', 'yyyyy'],
    ['~b alias', 'llyyy'],
    ['~bq alias', 'nnnnn'],
    ['~b dns.example', 'yyyyy'],
  ],
};

/** A sample as it is when it has come so far; bodies are loaded where the dispatcher does it. */
async function flowAt(name: string, phase: Phase): Promise<Flow> {
  const flow = makeFlow(SAMPLES[name]!);
  const stage = PHASES.indexOf(phase);
  if (stage < 4) flow.error = undefined;
  if (flow.type === 'http') {
    if (stage < 1 && flow.request.body.size > 0) flow.request.body.complete = false;
    if (stage < 2) flow.response = flow.messages = flow.websocket = undefined;
    if (stage < 3 && flow.response) {
      flow.response.body.complete = false;
      flow.response.timestampEnd = undefined;
    }
  } else if (flow.type === 'dns' && stage < 2) flow.response = undefined;
  if ((stage === 1 && flow.type === 'http') || stage > 2) await loadBodies(flow, 1 << 20);
  return flow;
}

for (const [name, cases] of Object.entries(CASES)) {
  t.test(name, async (t) => {
    const flows = await Promise.all(PHASES.map((phase) => flowAt(name, phase)));
    for (const [expression, expected] of cases) {
      const filter = compileFilter(expression);
      const verdicts = PHASES.map((phase, at) => filter.evaluate(flows[at]!, phase)[0]).join('');
      t.equal(verdicts, expected, expression);
    }
  });
}

t.test('a no never becomes a yes', async (t) => {
  const random = new Random(11);
  const lives = await Promise.all(
    Object.keys(SAMPLES).map(async (name) => ({
      name,
      flows: await Promise.all(PHASES.map((phase) => flowAt(name, phase))),
    })),
  );
  for (let count = 0; count < 500; count++) {
    const expression = randomExpression(random);
    const filter = compileFilter(expression);
    for (const { name, flows } of lives) {
      const verdicts = PHASES.map((phase, at) => filter.evaluate(flows[at]!, phase)[0]).join('');
      // At the head of a response bodies are not loaded, so what was a no can be unknown for a while.
      if (/n.*y/.test(verdicts)) t.fail(`${expression} on ${name}: ${verdicts}`);
    }
  }
  t.equal(compileFilter('~all').evaluate(lives[0]!.flows[0]!, 'end'), 'yes');
});

t.test('a server whose address is not known yet', async (t) => {
  const flow = await flowAt('api', 'requestHeaders');
  flow.server.address = undefined;
  const filter = compileFilter('~dst 8080');
  t.equal(filter.evaluate(flow, 'requestHeaders'), 'later');
  t.equal(filter.evaluate(flow, 'end'), 'no');
});

t.test('a body that was not kept does not match', async (t) => {
  const flow = makeFlow(SAMPLES.api!);
  if (flow.type !== 'http') throw new Error('api is HTTP');
  const filter = compileFilter('~b .');
  t.equal(filter.evaluate(flow, 'response'), 'no', 'not loaded');
  t.equal(filter.evaluate(flow, 'end'), 'no', 'not loaded');
});

t.test('an answer that an addon gave counts before its phase', async (t) => {
  const flow = makeFlow(SAMPLES.api!);
  t.equal(compileFilter('~c 201').evaluate(flow, 'requestHeaders'), 'yes');
  t.equal(compileFilter('~q').evaluate(flow, 'request'), 'no');
});
