import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Bcrypt } from '../../../src/addons/proxyauth/bcrypt.js';
import { apr1, Htpasswd } from '../../../src/addons/proxyauth/htpasswd.js';
import { command, needs } from '../../e2e/support/command.js';
import { folder, write } from '../../support/folder.js';

// htpasswd -nbB -C 5 bob 'pa:ss wörd'
const BCRYPT = '$2y$05$JQPR3GM0rmWTYlh6Tpbhcup4g1iRWWl0PDK8dgYEmo0YnGVOXmRcm';

const SHA = '{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=';

const APR1 = '$apr1$abcdefgh$030j6I3f1zNCF9tihqdd11';

const SSHA = `{SSHA}${Buffer.concat([createHash('sha1').update('salted').update('grain').digest(), Buffer.from('grain')]).toString('base64')}`;

const bcrypt = new Bcrypt();
t.teardown(() => bcrypt.close());

t.test('the forms of hashes', async (t) => {
  const file = `# staff\n\nbob:${BCRYPT}\r\nsam:${SHA}\nada:${APR1}:with a comment\n  eve:${SSHA}  \nsam:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=`;
  const users = Htpasswd.parse(file, 'users', bcrypt);
  const cases: [user: string, password: string, accepted: boolean][] = [
    ['bob', 'pa:ss wörd', true],
    ['bob', 'pa:ss word', false],
    ['bob', '', false],
    ['sam', 'x', true],
    ['sam', '', false],
    ['ada', 'pässwörd', true],
    ['ada', 'passwörd', false],
    ['eve', 'salted', true],
    ['eve', 'saltedgrain', false],
    ['Bob', 'pa:ss wörd', false],
    ['', 'x', false],
    ['nobody', 'x', false],
    ['__proto__', 'x', false],
  ];
  for (const [user, password, accepted] of cases) {
    t.equal(await users.check(user, password), accepted, `${user}:${password}`);
  }
});

t.test('an unknown user is compared with a hash, too', async (t) => {
  const users = Htpasswd.parse(`bob:${BCRYPT}`, 'users', bcrypt);
  const pending = users.check('nobody', 'pa:ss wörd');
  t.ok(pending instanceof Promise);
  t.equal(await pending, false);
});

t.test('bad files', (t) => {
  const cases: [text: string, message: string][] = [
    ['', 'f has no users'],
    ['# nobody\n', 'f has no users'],
    [`bob:${SHA}\nada\n`, 'f:2: expected USER:HASH, as htpasswd writes it'],
    [':x\n', 'f:1: expected USER:HASH, as htpasswd writes it'],
    ['bob:\n', 'f:1: expected USER:HASH, as htpasswd writes it'],
  ];
  for (const [text, message] of cases) t.throws(() => Htpasswd.parse(text, 'f', bcrypt), { message }, text);
  const unsupported = [
    'secret',
    'rl0uE2tx1xG2w',
    '$5$salt$hash',
    '$1$abcdefgh$030j6I3f1zNCF9tihqdd11',
    '{SHA}short',
    '{SHA}!!!!',
    `${SHA.slice(0, -5)}`,
    '{SSHA}EfatjsUqKYSrqv18O1FlA3hcIHI=',
    BCRYPT.slice(0, -1),
    BCRYPT.replace('$05$', '$99$'),
    `${APR1}x`,
  ];
  for (const hash of unsupported) {
    t.throws(() => Htpasswd.parse(`\nbob:${hash}`, 'f', bcrypt), { message: /^f:2: .*htpasswd -B/ }, hash);
  }
  t.end();
});

t.test('files that cannot be read', (t) => {
  const path = join(folder(t), 'users');
  t.throws(() => Htpasswd.read(path, bcrypt), {
    message: `${path} cannot be read: no such file or directory (ENOENT)`,
  });
  t.throws(() => Htpasswd.read(folder(t), bcrypt), { message: /cannot be read: it is a folder \(EISDIR\)/ });
  write(path, `bob:${SHA}\n`);
  chmodSync(path, 0o600);
  t.ok(Htpasswd.read(path, bcrypt).check('bob', 'x'));
  t.end();
});

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
