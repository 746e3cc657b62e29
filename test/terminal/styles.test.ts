import t from 'tap';
import { loadStyles, plainStyles } from '../../src/terminal/styles.js';

t.test('without colour text stays as it is', async (t) => {
  t.equal(await loadStyles(false), plainStyles);
  for (const style of Object.values(plainStyles)) t.equal(style('text'), 'text');
});

t.test('with colour, wherever the tests run', async (t) => {
  const styles = await loadStyles(true);
  t.same(Object.keys(styles), Object.keys(plainStyles));
  t.equal(styles.error('text'), '\x1b[31mtext\x1b[39m');
  t.equal(styles.good('text'), '\x1b[32m\x1b[1mtext\x1b[22m\x1b[39m');
});
