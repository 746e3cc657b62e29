import { readFileSync } from 'node:fs';
import t from 'tap';
import { ERROR_CODES, systemCode } from '../../src/flow/error-codes.js';

t.test('docs/errors.md explains each code', async (t) => {
  const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const [ofFlows] = page.split('## Errors of the program');
  const listed = [...ofFlows!.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  t.same(listed, [...ERROR_CODES]);
});

t.test('codes of the system', async (t) => {
  t.equal(systemCode(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
  for (const error of [new Error('x'), Object.assign(new Error('x'), { code: 5 }), undefined]) {
    t.equal(systemCode(error), undefined);
  }
});
