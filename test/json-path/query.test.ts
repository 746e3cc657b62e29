import t from 'tap';
import {
  groupPath,
  locationOf,
  normalizedPath,
  PathError,
  PathLimitError,
  parsePath,
  shortPath,
} from '../../src/json-path/index.js';

const VALUE = {
  items: [
    { id: 1, name: 'a', tags: ['x', 'y'] },
    { id: 2, name: 'bb', price: 1e3 },
    { id: 3, name: 'b\nc', nested: { id: 4 } },
  ],
  'odd name': { "it's": true },
  max: 2,
  none: null,
};

/** RFC 9535: queries, and the normalized paths of what they select. */
const FOUND: [query: string, paths: string[]][] = [
  ['$', ['$']],
  ['$.max', ["$['max']"]],
  ["$['max', 'none']", ["$['max']", "$['none']"]],
  ['$.missing', []],
  ['$.none', ["$['none']"]],
  ['$.none.x', []],
  ['$.items[0,-1].id', ["$['items'][0]['id']", "$['items'][2]['id']"]],
  ['$.items[3]', []],
  ['$.items[-4]', []],
  ['$.items[1:].id', ["$['items'][1]['id']", "$['items'][2]['id']"]],
  ['$.items[::-2].id', ["$['items'][2]['id']", "$['items'][0]['id']"]],
  ['$.items[::0]', []],
  ['$.items[-100:100:2].id', ["$['items'][0]['id']", "$['items'][2]['id']"]],
  ['$..id', [0, 1, 2].map((at) => `$['items'][${at}]['id']`).concat("$['items'][2]['nested']['id']")],
  ["$['odd name'].*", ["$['odd name']['it\\'s']"]],
  ['$.items[?@.id > 1].id', ["$['items'][1]['id']", "$['items'][2]['id']"]],
  ['$.items[?@.id == $.max].id', ["$['items'][1]['id']"]],
  ['$.items[?@.price].id', ["$['items'][1]['id']"]],
  ['$.items[?!@.price && @.id != 1].id', ["$['items'][2]['id']"]],
  ['$.items[?@.id == 1 || @.price >= 1000].id', ["$['items'][0]['id']", "$['items'][1]['id']"]],
  ['$.items[?@.tags == $.items[0].tags].id', ["$['items'][0]['id']"]],
  ['$.items[?@.x == @.y].id', [0, 1, 2].map((at) => `$['items'][${at}]['id']`)],
  ['$.items[?length(@.name) == 3].id', ["$['items'][2]['id']"]],
  ['$.items[?count(@.tags[*]) == 2].id', ["$['items'][0]['id']"]],
  ['$.items[?value(@..id) == 2].id', ["$['items'][1]['id']"]],
  ['$.items[?match(@.name, "b.*")].id', ["$['items'][1]['id']"]],
  ['$.items[?search(@.name, "c$")].id', ["$['items'][2]['id']"]],
  ['$.items[?search(@.name, "b")].id', ["$['items'][1]['id']", "$['items'][2]['id']"]],
  ['$.items[?search(@.name, "[a-")].id', []],
  ['$[?@ == null]', ["$['none']"]],
];
for (const [query, paths] of FOUND) {
  t.same(parsePath(query).select(VALUE).map(locationOf).map(normalizedPath), paths, query);
}

/** For names of tests. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** RFC 9485: regexes, and what `match` and `search` say of a text. */
const REGEXES: [pattern: string, text: string, match: boolean, search: boolean][] = [
  ['a', 'a', true, true],
  ['a', 'ba', false, true],
  ['a|bc', 'bc', true, true],
  ['.', '\n', false, false],
  ['.', '\r', false, false],
  ['.', '\u2028', true, true],
  ['.', '😀', true, true],
  ['^ab', 'ab', true, true],
  ['^b', 'ab', false, false],
  ['a$', 'ba', false, true],
  ['^*', '', false, false],
  ['a|^b', 'cb', false, false],
  ['$', 'a', false, true],
  ['a\\.b', 'a.b', true, true],
  ['[^a-c]+', 'xyz', true, true],
  ['[-a]', '-', true, true],
  ['[a\\-z]', 'b', false, false],
  ['[\\^]', '^', true, true],
  ['[^\\n]', '\n', false, false],
  ['[a&&b]', '&', true, true],
  ['\\p{Lu}', 'É', true, true],
  ['\\P{Lu}', 'É', false, false],
  ['\\p{L}{2,3}', 'éß', true, true],
  ['[\\p{Nd}_]+', '1_٣', true, true],
  ['[\\P{L}]', 'a', false, false],
  ['[^\\P{L}]', 'a', true, true],
  ['x{2}', 'xx', true, true],
  ['x{2,}', 'xxx', true, true],
  ['(ab)*', 'abab', true, true],
  // Not in I-Regexp: such a regex matches nothing.
  ['\\d', '1', false, false],
  ['(?:a)', 'a', false, false],
  ['(?=a)', 'a', false, false],
  ['a**', 'a', false, false],
  ['*', 'a', false, false],
  ['(a', 'a', false, false],
  ['\\p{Xx}', 'a', false, false],
  ['a\\', 'a', false, false],
  ['[]', 'a', false, false],
];
for (const [pattern, text, match, search] of REGEXES) {
  const query = (name: string) => parsePath(`$[?${name}(@, ${JSON.stringify(pattern)})]`).select([text]).length === 1;
  t.same([query('match'), query('search')], [match, search], `${pattern} on ${ascii(text)}`);
  const given = parsePath('$.texts[?search(@, $.pattern)]').select({ texts: [text], pattern });
  t.equal(given.length === 1, search, `${pattern} from the document`);
}

const INVALID: [query: string, offset: number][] = [
  ['$.', 2],
  ['$x', 1],
  ['$[', 2],
  ['$[a]', 2],
  ['$.a[01]', 4],
  ['$.a b', 4],
  ['$[?@.a = 1]', 7],
  ['$[?length(@.*) == 1]', 10],
  ['$[?nothing(@)]', 3],
  [`$${'[?@'.repeat(3000)}`, 9001],
  [`$${'.a'.repeat(6000)}`, 10_000],
];
for (const [query, offset] of INVALID) {
  try {
    parsePath(query);
    t.fail(query.slice(0, 30));
  } catch (error) {
    t.ok(error instanceof PathError, query.slice(0, 30));
    if (query.length < 1000) t.equal((error as PathError).offset, offset, query);
    t.notMatch((error as Error).message, /\n|:\d+\)$/);
  }
}

t.test('a query that would take too long ends', async (t) => {
  const wide = Array.from({ length: 3000 }, (_, id) => ({ id }));
  t.throws(() => parsePath('$[?count($[?count($[?@.id >= 0]) > 0]) > 0]').select(wide), PathLimitError);
  const deep: unknown = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
  t.equal(parsePath('$..[0]').select(deep).length, 4999);
  t.throws(() => parsePath('$..*..*..*').select(deep), PathLimitError);
});

t.test('a large array is no problem', async (t) => {
  const large = Array.from({ length: 300_000 }, (_, at) => at);
  t.equal(parsePath('$[*]').select(large).length, 300_000);
  t.equal(parsePath('$[?count(@.*) == 300000][7]').select([large]).length, 1);
});

t.test('a regex that would backtrack takes no time', async (t) => {
  const text = 'a'.repeat(100_000);
  t.same(parsePath('$[?match(@, "(a*)*b")]').select([text]), []);
});

t.test('short paths', async (t) => {
  t.equal(groupPath(['items', 0, '*', 1]), "$.items[*]['*'][*]");
  t.equal(normalizedPath(['\u0001\b']), "$['\\u0001\\b']");
  const cases: [(string | number)[], string][] = [
    [[], '$'],
    [['items', 0, 'id'], '$.items[0].id'],
    [['odd name'], "$['odd name']"],
    [['1a', 'é', "it's", 'a\\b\n'], "$['1a'].é['it\\'s']['a\\\\b\\n']"],
  ];
  for (const [location, text] of cases) {
    t.equal(shortPath(location), text);
    let value: unknown = 'leaf';
    for (const key of location.toReversed()) value = typeof key === 'number' ? [value] : { [key]: value };
    for (const path of [text, normalizedPath(location)]) {
      t.same(parsePath(path).select(value).map(locationOf), [location], path);
    }
  }
});
