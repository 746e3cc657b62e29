import t from 'tap';
import { parseRule } from '../../../../src/compare/rules/parse-rule.js';
import { KeyRuleSet } from '../../../../src/replay/server/key/key-rules.js';
import { keyOf, requestFields } from '../../../../src/replay/server/key/request-key.js';
import { type Exchange, exchange } from '../../../addons/rewrite/flows.js';
import { KEYS } from '../recorded.js';

async function key(parts: Exchange, rules: readonly string[], useHeaders: readonly string[] = []): Promise<string> {
  const set = new KeyRuleSet(rules.map((rule) => parseRule(rule, 'test')));
  return keyOf(await requestFields(exchange(parts), { ...KEYS, useHeaders, rules: set }));
}

const json = (requestBody: string): Exchange => ({ method: 'POST', requestBody });
const form = (requestBody: string): Exchange => ({
  method: 'POST',
  request: [['Content-Type', 'application/x-www-form-urlencoded']],
  requestBody,
});
const ID = '01234567-89ab-cdef-0123-456789abcdef';
const OTHER = 'fedcba98-89ab-cdef-0123-456789abcdef';

const CASES: [rule: string, same: [Exchange, Exchange], different: [Exchange, Exchange]][] = [
  [
    'param:n',
    [{ url: 'http://a/?n=1&x=1' }, { url: 'http://a/?x=1' }],
    [{ url: 'http://a/?x=1' }, { url: 'http://a/?x=2' }],
  ],
  ['param:n', [form('n=1'), form('n=2')], [form('m=1'), form('m=2')]],
  ['header:x-a', [{ request: [['X-A', '1']] }, {}], [{ request: [['X-B', '1']] }, {}]],
  ['body', [json('{"a":1}'), json('hello')], [{ method: 'PUT' }, { method: 'POST' }]],
  ['$.id', [json('{"id":1,"a":1}'), json('{"a":1}')], [json('{"id":1,"a":1}'), json('{"id":1,"a":2}')]],
  [
    '$.items[*].id',
    [json('{"items":[{"id":1},{"id":2}]}'), json('{"items":[{"id":3},{}]}')],
    [json('{"items":[{}]}'), json('{"items":[{},{}]}')],
  ],
  ['$[0]', [json('[1,2]'), json('[3,2]')], [json('[1,2]'), json('[1,3]')]],
  ['order:$.a', [json('{"a":[1,{"b":2}]}'), json('{"a":[{"b":2},1]}')], [json('{"b":[1,2]}'), json('{"b":[2,1]}')]],
  [
    'type:uuid',
    [{ url: `http://a/x/${ID}` }, { url: `http://a/x/${OTHER}` }],
    [{ url: `http://a/x/${ID}` }, { url: 'http://a/x/1' }],
  ],
  ['type:uuid', [json(`{"a":"x ${ID}"}`), json(`{"a":"x ${OTHER}"}`)], [json(`{"a":"x ${ID}"}`), json('{"a":"x"}')]],
  ['type:number $.a', [json('{"a":1,"b":1}'), json('{"a":"2","b":1}')], [json('{"a":1,"b":1}'), json('{"a":1,"b":2}')]],
  ['type:number $.a', [json('{"a":12345678901234567890}'), json('{"a":1}')], [json('{"a":1}'), json('{"a":null}')]],
  [
    'type:timestamp param:t',
    [{ url: 'http://a/?t=1700000000' }, { url: 'http://a/?t=1700000001' }],
    [{ url: 'http://a/?t=1700000000' }, { url: 'http://a/?t=x' }],
  ],
  [
    '/[0-9]+/',
    [{ url: 'http://a/?x=a1' }, { url: 'http://a/?x=a22' }],
    [{ url: 'http://a/?x=a1' }, { url: 'http://a/?x=b1' }],
  ],
  ['/[0-9]+/', [json('call 1'), json('call 22')], [json('call 1'), json('fall 1')]],
  [
    '~m POST : $.id',
    [json('{"id":1}'), json('{"id":2}')],
    [
      { ...json('{"id":1}'), method: 'PUT' },
      { ...json('{"id":2}'), method: 'PUT' },
    ],
  ],
];

for (const [rule, same, different] of CASES) {
  t.test(rule, async (t) => {
    const headers = ['x-a', 'x-b'];
    t.equal(await key(same[0], [rule], headers), await key(same[1], [rule], headers));
    t.not(await key(same[0], [], headers), await key(same[1], [], headers), 'without the rule');
    t.not(await key(different[0], [rule], headers), await key(different[1], [rule], headers));
  });
}
