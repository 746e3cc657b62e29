import t from 'tap';
import { FlowComparer } from '../../../src/compare/flow-comparer.js';
import { Evidence } from '../../../src/compare/learn/evidence.js';
import { filterFor, type Learned, learnRules } from '../../../src/compare/learn/learn-rules.js';
import { ruleText } from '../../../src/compare/learn/rule-text.js';
import { parseRuleFile } from '../../../src/compare/rules/rule-file.js';
import { RuleSet } from '../../../src/compare/rules/rule-set.js';
import { Random } from '../../support/random.js';
import { type ComparedFlow, comparedFlow } from '../compared-flows.js';

type Pair = readonly [recorded: ComparedFlow, replayed: ComparedFlow];

async function learn(pairs: readonly Pair[]): Promise<Learned> {
  const evidence = new Evidence();
  const onCompared = evidence.compared.bind(evidence);
  const comparer = new FlowComparer({ rules: new RuleSet([]), limit: 1 << 20, onCompared });
  for (const [one, other] of pairs) {
    const [recorded, replayed] = [comparedFlow(one), comparedFlow(other)];
    for (const difference of await comparer.compare(recorded, replayed)) evidence.differed(recorded, difference);
  }
  return learnRules(evidence);
}

/** What still differs under the rules of a file. */
async function left(pairs: readonly Pair[], file: string): Promise<string[]> {
  const comparer = new FlowComparer({ rules: new RuleSet(parseRuleFile(file, 'rules.yaml')), limit: 1 << 20 });
  const found: string[] = [];
  for (const [one, other] of pairs) {
    for (const { place } of await comparer.compare(comparedFlow(one), comparedFlow(other)))
      found.push(`${one.path} ${place}`);
  }
  return found;
}

const JSON_TYPE = 'Content-Type: application/json';
const at = (second: number) => `2024-05-31T12:00:${String(second % 60).padStart(2, '0')}Z`;

t.test('rules are general where many endpoints agree', async (t) => {
  const pairs = ['/a', '/b', '/c'].map(
    (path, index): Pair => [
      {
        path,
        headers: [JSON_TYPE, `X-Id: a1b2c3d4${index}`],
        body: JSON.stringify({ at: at(index), [`m${path[1]}`]: { seen: at(index) } }),
      },
      {
        path,
        headers: [JSON_TYPE, `X-Id: e5f6a7b8${index}`],
        body: JSON.stringify({ at: at(index + 9), [`m${path[1]}`]: { seen: at(index + 9) } }),
      },
    ],
  );
  const { rules, rest } = await learn(pairs);
  t.same(
    rules.map(({ text, endpoint }) => [text, endpoint]),
    [
      ['type:any header:x-id', undefined],
      ['type:timestamp $.at', undefined],
      ['type:timestamp $..seen', undefined],
    ],
  );
  t.same(rest, []);
  t.same(await left(pairs, ruleText(rules)), []);
});

t.test('a rule for ids in paths leaves the rest of the path to be compared', async (t) => {
  const order = (id: string, path = '/orders/', next = '/orders/paid'): ComparedFlow => ({
    method: 'POST',
    path: '/orders',
    status: 201,
    headers: [JSON_TYPE, `Location: ${path}${id}`],
    body: JSON.stringify({ self: `https://shop.example${path}${id}/lines`, next }),
  });
  const pairs: Pair[] = [
    [order('8f3k2pQ7'), order('x71mq4Zz9')],
    [order('h2Kk81aQ'), order('p0Z9m4Xx')],
    [order('k7Zq31bW'), order('m2V8r5Tt')],
  ];
  const { rules, rest } = await learn(pairs);
  t.same(
    rules.map(({ text }) => text),
    ['/^\\/orders\\/[^\\/]+$/ header:location', '/^https:\\/\\/shop\\.example\\/orders\\/[^\\/]+\\/lines$/ $.self'],
  );
  t.same(rest, []);
  t.same(await left(pairs, ruleText(rules)), []);
  const moved: Pair = [order('c4Xn82yR'), order('d9Bw61jS', '/v2/orders/')];
  t.same(await left([moved], ruleText(rules)), ['/orders location', '/orders $.self']);
  const elsewhere: Pair = [order('c4Xn82yR'), order('d9Bw61jS', '/orders/', '/orders/failed')];
  t.same(await left([elsewhere], ruleText(rules)), ['/orders $.next'], 'the rule has a place');
});

t.test('a rule for one endpoint has a filter and a comment', async (t) => {
  const body = (second: number) => JSON.stringify({ items: [{ 'odd name': at(second) }] });
  const pair: Pair = [
    { path: '/orders/17?t=1', headers: [JSON_TYPE], body: body(1) },
    { path: '/orders/17?t=1', headers: [JSON_TYPE], body: body(2) },
  ];
  const { rules } = await learn([pair]);
  const file = ruleText(rules);
  t.equal(
    file,
    `- ~m GET & ~g /orders/*:
    # differed 1 of 1 time: GET /orders/{id}
    - type:timestamp $.items[*]['odd name']
`,
  );
  t.same(await left([pair], file), []);
});

t.test('filters match their endpoint', async (t) => {
  const endpoint = { method: 'GET', host: 'a.example:81', path: '/o/{id}/x' };
  t.equal(filterFor(endpoint, false), '~m GET & ~g /o/*/x');
  t.equal(filterFor(endpoint, true), '~m GET & ~g a.example:81/o/*/x');
  const odd = filterFor({ ...endpoint, path: '/a(b)/*' }, false);
  const rules = new RuleSet(parseRuleFile(`- ${JSON.stringify(odd)}: header:a`, 'r'));
  const ignores = (path: string) => rules.for(comparedFlow({ path })).ignores('header', 'a');
  t.same(['/a(b)/*', '/a(b)/c', '/ab/*'].map(ignores), [true, false, false]);
});

t.test('what may be a real difference is not learned', async (t) => {
  const pair = (was: unknown, now: unknown): Pair => [
    { path: '/p', headers: [JSON_TYPE], body: JSON.stringify(was) },
    { path: '/p', headers: [JSON_TYPE], body: JSON.stringify(now) },
  ];
  const pairs: Pair[] = [
    [
      { path: '/s', status: 200 },
      { path: '/s', status: 503 },
    ],
    pair({ price: 120, ok: true, a: 1 }, { price: 12, ok: false }),
    ...Array.from({ length: 9 }, () => pair({ price: 120, ok: true, a: 1 }, { price: 120, ok: true, a: 1 })),
    [
      { path: '/h', headers: ['Cache-Control: no-store'] },
      { path: '/h', headers: [] },
    ],
    [
      { path: '/t', body: 'Hello' },
      { path: '/t', body: 'Sale' },
    ],
  ];
  const { rules, rest } = await learn(pairs);
  t.same(rules, []);
  t.same([...rest].sort(), [
    'GET a/h  header:cache-control: "no-store" → missing (1 of 1)',
    'GET a/p  $.a: 1 → missing (1 of 10)',
    'GET a/p  $.ok: true → false (1 of 10)',
    'GET a/p  $.price: 120 → 12 (1 of 10)',
    'GET a/s  status: 200 → 503 (1 time)',
    'GET a/t  text: "Hello" → "Sale" (1 of 1)',
  ]);
});

t.test('two hundred endpoints with noise have no differences after learning', async (t) => {
  const generator = new Random(7);
  const random = () => generator.below(1 << 30) / (1 << 30);
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const response = (endpoint: number): ComparedFlow => {
    const path = `/api/v1/resource${endpoint}`;
    const headers = [
      `X-Request-Id: ${uuid()}`,
      `ETag: "${hex(20)}"`,
      `Set-Cookie: visit=${hex(24)}; Path=/`,
      `X-Runtime: ${random().toFixed(4)}`,
    ];
    switch (endpoint % 5) {
      case 0: {
        const items = Array.from({ length: 3 }, (_, id) => ({
          id,
          trace: uuid(),
          updated: at(Math.floor(random() * 60)),
        }));
        return {
          path,
          headers: [JSON_TYPE, ...headers],
          body: JSON.stringify({ items, took: Math.floor(random() * 1e6) }),
        };
      }
      case 1: {
        const tags = ['a', 'b', 'c', 'd', 'e'].sort(() => random() - 0.5);
        return {
          path,
          headers: [JSON_TYPE, ...headers],
          body: JSON.stringify({ tags, [`token${endpoint}`]: `tok_${hex(16)}` }),
        };
      }
      case 2:
        return {
          path,
          headers: ['Content-Type: text/html', ...headers],
          body: `<h1>Page ${endpoint}</h1>\n<input name="csrf" value="${hex(32)}">\n<p>${at(Math.floor(random() * 60))}</p>`,
        };
      case 3:
        return { path, status: 302, headers: [`Location: /login?state=${hex(16)}&next=${path}`, ...headers] };
      default:
        return {
          path,
          headers: [JSON_TYPE, ...headers],
          body: JSON.stringify({ now: 1_717_156_800 + Math.floor(random() * 1000), id: endpoint }),
        };
    }
  };
  const pairs = Array.from({ length: 200 }, (_, endpoint): Pair => [response(endpoint), response(endpoint)]);
  const { rules, rest } = await learn(pairs);
  t.same(rest, []);
  const file = ruleText(rules);
  const again = Array.from({ length: 200 }, (_, endpoint): Pair => [response(endpoint), response(endpoint)]);
  t.same(await left(again, file), []);

  const real = again.map(
    ([one, other]): Pair => [
      one,
      {
        ...other,
        body: String(other.body ?? '')
          .replace('"id":104', '"id":105')
          .replace('Page 77', 'Sale 77'),
        status: other.path === '/api/v1/resource8' ? 500 : (other.status ?? 200),
      },
    ],
  );
  t.same((await left(real, file)).sort(), [
    '/api/v1/resource104 $.id',
    '/api/v1/resource77 line 1',
    '/api/v1/resource8 status',
  ]);
});

t.test('messages of WebSockets', async (t) => {
  const message = (second: number, price: number) => JSON.stringify({ at: at(second), price, seen: second * 7 });
  const conversation = (from: number, lastPrices: readonly number[]): ComparedFlow => ({
    path: '/feed',
    messages: [
      ...Array.from({ length: 7 }, (_, number) => message(from + number, 10)),
      ...lastPrices.map((price, number) => message(from + 7 + number, price)),
      `session ${from === 1 ? '7f3a9c1e8b2d4f60' : 'c09e5d7a1b3f2e84'} open`,
    ],
  });
  const pair: Pair = [conversation(1, [10, 11, 12]), conversation(21, [13, 14, 15])];
  const { rules, rest } = await learn([pair]);
  t.match(
    rules.map(({ text }) => text).filter((text) => text.startsWith('type:')),
    ['type:timestamp $.at', 'type:number $.seen'],
  );
  t.equal(rest.length, 1);
  t.match(rest[0], /\$\.price: 10 → 13 \(3 of 10\)/, 'a real difference is not learnt away');
  t.same(await left([pair], ruleText(rules)), [
    '/feed message 8 $.price',
    '/feed message 9 $.price',
    '/feed message 10 $.price',
  ]);
});
