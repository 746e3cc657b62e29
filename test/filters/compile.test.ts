import t from 'tap';
import { compileFilter } from '../../src/filters/index.js';
import type { Flow } from '../../src/flow/index.js';
import { sampleFlows } from './sample-flows.js';

const NEEDS_BODIES: [expression: string, needsBodies: boolean][] = [
  ['~all', false],
  ['~d a & ~c 200 & !~u b', false],
  ['~h a | ~t b', false],
  ['~size >1 ~bqsize 1 ~bssize 1 ~dur 1', false],
  ['~b a', true],
  ['~bq a', true],
  ['~bs a', true],
  ['~json .a', true],
  ['~d a | !(~c 200 & ~jsons .a)', true],
];

for (const [expression, needsBodies] of NEEDS_BODIES) {
  t.match(compileFilter(expression), { text: expression, needsBodies }, expression);
}

const flows = await sampleFlows();

t.test('case', async (t) => {
  for (const expression of ['~m post', '~d API', '~u V1', '~h x-token', '~b BOB', '~comment FIRST', '~g **/V1/**']) {
    t.equal(compileFilter(expression).evaluate(flows.api!, 'end'), 'yes', expression);
    t.equal(compileFilter(expression, { caseSensitive: true }).evaluate(flows.api!, 'end'), 'no', expression);
  }
  const exact = compileFilter("~m POST ~b '(?i)bob' ~b Bob", { caseSensitive: true });
  t.equal(exact.evaluate(flows.api!, 'end'), 'yes');
});

/** How often content is looked at for an expression. */
function looks(expression: string, flow: Flow): number {
  if (flow.type !== 'http') throw new Error('not HTTP');
  const { request } = flow;
  const { loaded } = request.body;
  let count = 0;
  Object.defineProperty(request.body, 'loaded', {
    configurable: true,
    get: () => {
      count++;
      return loaded;
    },
  });
  compileFilter(expression).evaluate(flow, 'end');
  Object.defineProperty(request.body, 'loaded', { configurable: true, writable: true, value: loaded });
  return count;
}

const LOOKS: [expression: string, count: number][] = [
  ['~bq bob & ~c 404', 0],
  ['~bq bob & ~d nowhere', 0],
  ['~bq bob | ~c 201', 0],
  ['~bq bob ~h nothing', 0],
  ['!~bq bob & !~m POST', 0],
  ['(~bq bob | ~c 404) & ~tcp', 0],
  ['~bq nothing & ~c 201', 1],
  ['~bq bob | ~bq nothing', 1],
  ['~bq bob & ~bq nothing', 2],
];

t.test('content is looked at last, and only if it matters', async (t) => {
  for (const [expression, count] of LOOKS) t.equal(looks(expression, flows.api!), count, expression);
});

t.test('JSON is parsed once for a body', async (t) => {
  const content = Buffer.from('{"a": 1}');
  let parsed = 0;
  content.toString = () => {
    parsed++;
    return '{"a": 1}';
  };
  const flow = (await sampleFlows()).api!;
  if (flow.type !== 'http') throw new Error('not HTTP');
  flow.request.body.loaded = content;
  t.equal(compileFilter('~jsonq .b | ~jsonq .c | ~jsonq .a = 1').evaluate(flow, 'end'), 'yes');
  t.equal(parsed, 1);
});

t.test('a filter has no state', async (t) => {
  const filter = compileFilter('~u "users|index" & ~b "b.*b|welcome|<h1>"');
  const results = Array.from({ length: 3 }, () => Object.values(flows).map((flow) => filter.evaluate(flow, 'end')));
  t.same(results[1], results[0]);
  t.same(results[2], results[0]);
});
