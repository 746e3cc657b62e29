import t from 'tap';
import { Bcrypt } from '../../../src/addons/proxyauth/bcrypt.js';

// htpasswd -nbB -C 5 bob 'pa:ss wörd'
const HASH = '$2y$05$JQPR3GM0rmWTYlh6Tpbhcup4g1iRWWl0PDK8dgYEmo0YnGVOXmRcm';

t.test('many at once', async (t) => {
  const bcrypt = new Bcrypt();
  const passwords = ['a', 'pa:ss wörd', 'b', 'pa:ss wörd'];
  t.same(await Promise.all(passwords.map((password) => bcrypt.compare(password, HASH))), [false, true, false, true]);
  await bcrypt.close();
});

t.test('a thread that ends rejects pending comparisons, and the next one begins', async (t) => {
  const bcrypt = new Bcrypt();
  const pending = bcrypt.compare('a', HASH);
  await bcrypt.close();
  await t.rejects(pending, { message: /worker thread exited/ });
  t.equal(await bcrypt.compare('pa:ss wörd', HASH), true);
  await bcrypt.close();
});
