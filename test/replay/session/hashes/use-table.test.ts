import t from 'tap';
import { hashOf } from '../../../../src/flow/text/hash.js';
import { UseTable } from '../../../../src/replay/session/hashes/use-table.js';

t.test('values, their uses and sources', async (t) => {
  const table = new UseTable();
  const count = 20_000;
  for (let at = 0; at < count; at++) {
    const hash = hashOf('key', String(at));
    table.addUse(hash, 1000 + at);
    if (at % 3 === 0) table.addUse(hash, 500 + at);
  }
  t.equal(table.size, count);
  for (let at = 0; at < count; at += 7) {
    const hash = hashOf('key', String(at));
    if (table.firstUse(hash) !== (at % 3 === 0 ? 500 : 1000) + at) t.fail(`first use of ${at}`);
    if (table.usesOf(hash) !== (at % 3 === 0 ? 2 : 1)) t.fail(`uses of ${at}`);
    table.setSource(hash, at);
  }
  t.equal(table.firstUse(hashOf('', '1')), undefined);
  t.equal(table.usesOf(hashOf('', '1')), 0);
  t.equal(table.sourceOf(hashOf('key', '1')), undefined);
  table.setSource(hashOf('', '1'), 1);
  table.compact();
  t.equal(table.size, Math.ceil(count / 7));
  t.equal(table.sourceOf(hashOf('key', '7')), 7);
  t.equal(table.sourceOf(hashOf('key', '0')), 0);
  t.equal(table.firstUse(hashOf('key', '1')), undefined);
});

t.test('hashes differ', async (t) => {
  const texts = ['', 'a', 'b', 'ab', 'ba', 'aa', 'ä', '\0', 'a\0', 'x'.repeat(1000), `${'x'.repeat(999)}y`];
  const hashes = new Set(texts.flatMap((key) => texts.map((value) => hashOf(key, value))));
  t.equal(hashes.size, texts.length ** 2);
  t.ok([...hashes].every((hash) => Number.isSafeInteger(hash) && hash > 0));
});
