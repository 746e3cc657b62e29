import t from 'tap';
import { apr1 } from '../../../src/addons/proxyauth/apr1.js';
import { command, needs } from '../../e2e/support/command.js';

t.test('known hashes', (t) => {
  // openssl passwd -apr1 -salt SALT PASSWORD
  const cases: [password: string, salt: string, hash: string][] = [
    ['secret', 'x', '$apr1$x$12YdXEY0/hH4rDNkmZupO0'],
    ['', 'abcdefgh', '$apr1$abcdefgh$L.PT565ESX4Tp2bqNs7Ie.'],
    ['pässwörd', 'abcdefgh', '$apr1$abcdefgh$030j6I3f1zNCF9tihqdd11'],
    ['long password that is longer than sixteen bytes', 'abcdefgh', '$apr1$abcdefgh$PtmT2Th8ou1yV4bSi5FUb/'],
  ];
  for (const [password, salt, hash] of cases) t.equal(apr1(password, salt), hash, password);
  t.end();
});

t.test('the same as openssl', needs('openssl'), async (t) => {
  for (const length of [1, 8, 15, 16, 17, 31, 32, 33, 64, 100]) {
    const password = 'pä$ w0rd '.repeat(20).slice(0, length);
    const { stdout } = await command('openssl', ['passwd', '-apr1', '-salt', 'ab./Z9', password]);
    t.equal(apr1(password, 'ab./Z9'), String(stdout).trim(), `${length} characters`);
  }
});
