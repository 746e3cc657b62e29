import t from 'tap';
import { shown } from './collect-text.js';

const JSON_TYPE = 'application/json';
const QUERY = 'query Q($id: ID) {\n  user(id: $id) {\n    name\n  }\n}\n';

t.test('queries are shown in lines below the JSON', async (t) => {
  const single = JSON.stringify({ query: QUERY, variables: { id: 1 } });
  t.equal(
    await shown(single, JSON_TYPE),
    [
      '{',
      `    "query": ${JSON.stringify(QUERY)},`,
      '    "variables": {',
      '        "id": 1',
      '    }',
      '}',
      '',
      '--- query',
      ...QUERY.trimEnd().split('\n'),
      '',
    ].join('\n'),
  );
  const batch = JSON.stringify([{ query: '{\n  a\n}' }, { query: 'mutation {\n  b\n}' }, { query: '{ c }' }, null, 1]);
  t.match(await shown(batch, JSON_TYPE), /\]\n\n--- query\n\{\n {2}a\n\}\n\n--- query\nmutation \{\n {2}b\n\}\n$/);
});

t.test('all else is JSON', async (t) => {
  for (const value of [
    { query: '{ user { name } }' },
    { query: 'SELECT *\nFROM users' },
    { query: { match: 'a\nb' } },
    { sub: { query: QUERY } },
    ['"query"'],
    '"query"',
    null,
  ]) {
    t.equal(await shown(JSON.stringify(value), JSON_TYPE), JSON.stringify(value, undefined, 4));
  }
  t.equal(await shown('{"query":"{\\n a }"', JSON_TYPE), '{"query":"{\\n a }"', 'invalid JSON');
  t.notMatch(await shown(JSON.stringify({ query: QUERY }), 'text/plain'), '---');
});
