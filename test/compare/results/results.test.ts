import t from 'tap';
import type { Difference } from '../../../src/compare/difference.js';
import { CaseLog } from '../../../src/compare/results/case-log.js';
import { Comparison, type FailingKind } from '../../../src/compare/results/comparison.js';
import { flowLines, groupLines } from '../../../src/compare/results/difference-lines.js';
import { endpointOf, foldIds } from '../../../src/compare/results/endpoint.js';
import { DifferenceGroups } from '../../../src/compare/results/groups.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { plainStyles } from '../../../src/terminal/styles.js';
import { comparedFlow } from '../compared-flows.js';

const PATHS: [path: string, folded: string][] = [
  ['/', '/'],
  ['/items/17', '/items/{id}'],
  ['/items/17/parts/18', '/items/{id}/parts/{id}'],
  ['/u/123e4567-e89b-12d3-a456-426614174000', '/u/{id}'],
  ['/u/123e4567e89b12d3a456426614174000', '/u/{id}'],
  ['/c/1f3a9bc2', '/c/{id}'],
  ['/c/deadbeef', '/c/deadbeef'],
  ['/d/2024-05-31', '/d/{id}'],
  ['/o/order-17', '/o/{id}'],
  ['/o/usr_8f3k2', '/o/{id}'],
  ['/s/dGhpc0lzQVRva2Vu9', '/s/{id}'],
  ['/api/v1/users', '/api/v1/users'],
  ['/files/report2024.pdf', '/files/report2024.pdf'],
  ['/a%20b/c-d', '/a%20b/c-d'],
];
for (const [path, folded] of PATHS) t.equal(foldIds(path), folded, path);

t.equal(
  endpointOf(comparedFlow({ method: 'PUT', host: 'a.example', path: '/o/17?x=1' }).request),
  'PUT a.example/o/{id}',
);

function difference(place: string, was?: string, now?: string, kind: Difference['kind'] = 'body'): Difference {
  return { kind, place, group: place, was, now };
}

t.test('equal differences take one line', async (t) => {
  const groups = new DifferenceGroups();
  for (let count = 0; count < 1000; count++) groups.add('GET a/{id}', difference('$.price', '120', '12'));
  groups.add('GET a/{id}', difference('$.id', '1', '2'));
  groups.add('GET a/{id}', difference('$.id', '1', '3'));
  groups.add('GET b', difference('status', '200', '500', 'status'));
  for (let endpoint = 0; endpoint < 5; endpoint++)
    groups.add(`GET ${endpoint}`, difference('etag', 'a', undefined, 'headers'));
  t.same(groupLines(groups, plainStyles), [
    'Several endpoints',
    '  5 × etag: a → missing (in 5 endpoints)',
    'GET a/{id}',
    '  1000 × $.price: 120 → 12',
    '     2 × $.id: 1 → 2, …',
    'GET b',
    '  1 × status: 200 → 500',
  ]);
});

t.test('groups are limited', async (t) => {
  const groups = new DifferenceGroups();
  for (let at = 0; at < 10_005; at++) groups.add(`GET /${at}`, difference(`$.a${at}`, '1', '2'));
  t.equal(groups.others, 5);
  t.match(groupLines(groups, plainStyles).at(-1), /5 differences in other places/);
});

t.test('lines are safe for terminals, and limited', async (t) => {
  const many = Array.from({ length: 30 }, (_, at) => difference(`$.a${at}`, '1', '2'));
  const lines = flowLines('GET /\x1b[31m', [difference('\x1b]0;x\x07', 'a\nb', '\u202e'), ...many], plainStyles);
  t.equal(lines.length, 22);
  t.equal(lines[0], 'GET /.[31m');
  t.equal(lines[1], '  .]0;x.: a.b → .');
  t.equal(lines.at(-1), '  … 11 more');
});

t.test('cases go to a file and come back in order', async (t) => {
  const log = new CaseLog(new SpoolPolicy());
  const name = (at: number) => `GET /${at}/é\n${'x'.repeat(100)}`;
  for (let at = 0; at < 30_000; at++) log.add({ name: name(at), group: 'a', outcome: 'passed' });
  for (const round of [1, 2]) {
    let at = 0;
    let equal = true;
    for (const entry of log) equal &&= entry.name === name(at++);
    t.ok(equal, `round ${round}`);
    t.equal(at, 30_000);
  }
  log.close();
});

const KINDS: [kind: Difference['kind'], failOn: FailingKind[], fails: boolean][] = [
  ['status', ['status'], true],
  ['status', ['headers', 'body', 'slower'], false],
  ['error', ['status'], true],
  ['headers', ['headers'], true],
  ['trailers', ['headers'], true],
  ['body', ['body'], true],
  ['messages', ['body'], true],
  ['size', ['body'], true],
  ['slower', ['slower'], true],
  ['slower', ['body'], false],
  ['body', [], false],
];
for (const [kind, failOn, fails] of KINDS) {
  t.test(`${kind} with --fail-on-diff ${failOn}`, async (t) => {
    const comparison = new Comparison({ name: 'diff', failOn: new Set(failOn), spool: new SpoolPolicy() });
    const flow = comparedFlow({ path: '/o/17', duration: 0.25 });
    comparison.add(flow, flow, [difference('x', '1', '2', kind)]);
    comparison.add(flow, flow, []);
    t.equal(comparison.hasFailed, fails);
    const { cases, properties } = comparison.suite([{ name: 'requests_sent', value: 2 }]);
    const [first, second] = [...cases];
    t.equal(first?.outcome, fails ? (kind === 'error' ? 'error' : 'failed') : 'passed');
    t.match(first, { name: 'GET /o/17', group: 'a', duration: 0.25, code: kind });
    t.equal(second?.outcome, 'passed');
    t.same(
      properties.slice(0, 3).map(({ name, value }) => [name, value]),
      [
        ['requests_sent', 2],
        ['flows_compared', 2],
        ['flows_differing', 1],
      ],
    );
    comparison.close();
  });
}

t.test('flows of one side', async (t) => {
  const comparison = new Comparison({ name: 'diff', failOn: new Set(['status']), spool: new SpoolPolicy() });
  comparison.addSingle(comparedFlow({}), 'recorded');
  comparison.addSingle(comparedFlow({}), 'replayed');
  t.same([comparison.onlyRecorded, comparison.onlyReplayed, comparison.hasFailed], [1, 1, true]);
  t.same(
    [...comparison.suite().cases].map(({ outcome, code }) => [outcome, code]),
    [
      ['failed', 'missing'],
      ['failed', 'added'],
    ],
  );
  comparison.close();
});
