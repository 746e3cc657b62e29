import { join } from 'node:path';
import t from 'tap';
import { GuessLimit } from '../../../src/addons/proxyauth/guess-limit.js';
import { makeVerifier, ProxyAuth, type Verifier } from '../../../src/addons/proxyauth/proxyauth.js';
import { ClientConnection } from '../../../src/flow/connection.js';
import { folder, write } from '../../support/folder.js';

function addon(check: Verifier['check']): { auth: ProxyAuth; ask: (user: string, word: string) => Promise<boolean> } {
  const auth = new ProxyAuth({ check }, new GuessLimit({ pause: () => Promise.resolve() }));
  const ask = async (username: string, password: string): Promise<boolean> => {
    const data = { client: new ClientConnection(), credentials: { username, password }, accepted: false };
    await auth.authenticate(data);
    return data.accepted;
  };
  return { auth, ask };
}

t.test('correct ones are checked once, and cost no promise afterwards', async (t) => {
  const asked: string[] = [];
  const { auth, ask } = addon(async (user, password) => {
    asked.push(`${user} ${password}`);
    return password === 'right';
  });
  t.equal(await ask('ada', 'right'), true);
  t.equal(await ask('ada', 'wrong'), false);
  t.equal(await ask('ada', 'right'), true);
  t.equal(await ask('ada', 'wrong'), false);
  t.equal(await ask('ada:ri', 'ght'), false);
  t.same(asked, ['ada right', 'ada wrong', 'ada wrong', 'ada:ri ght']);
  const data = {
    client: new ClientConnection(),
    credentials: { username: 'ada', password: 'right' },
    accepted: false,
  };
  t.equal(auth.authenticate(data), undefined);
  t.equal(data.accepted, true);
});

t.test('the same credentials at once share one look', async (t) => {
  let asked = 0;
  const { ask } = addon(async () => {
    asked++;
    return true;
  });
  t.same(await Promise.all([ask('a', 'b'), ask('a', 'b'), ask('a', 'b')]), [true, true, true]);
  t.equal(asked, 1);
});

t.test('ends its verifier', async (t) => {
  let closed = false;
  const auth = new ProxyAuth({
    check: () => true,
    close: async () => {
      closed = true;
    },
  });
  await auth.done();
  t.ok(closed);
});

t.test('accepted credentials', async (t) => {
  const users = write(join(folder(t), 'users'), 'sam:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=\n');
  const cases: [spec: string, user: string, password: string, accepted: boolean][] = [
    ['any', 'any', '', true],
    ['ada:s3cret', 'ada', 's3cret', true],
    ['ada:s3cret', 'ada', 's3cret ', false],
    ['ada:s3cret', 'ADA', 's3cret', false],
    ['ada:s3cret', '', '', false],
    ['ada:with:colons', 'ada', 'with:colons', true],
    ['ada:', 'ada', '', true],
    [`@${users}`, 'sam', 'x', true],
    [`@${users}`, 'sam', 'y', false],
  ];
  for (const [spec, user, password, accepted] of cases) {
    t.equal(await makeVerifier(spec).check(user, password), accepted, `${spec} ${user}:${password}`);
  }
});

t.test('bad specs, without the password in the message', (t) => {
  const cases: [spec: string, message: RegExp][] = [
    ['s3cret', /^expected USER:PASSWORD, any, or @FILE/],
    ['@', /^ ?cannot be read/],
    ['@/nowhere/users', /^\/nowhere\/users cannot be read: no such file or directory \(ENOENT\)$/],
    ['ldap:localhost:dn:s3cret:tree', /^LDAP is not supported/],
    ['LDAPS:localhost:dn:s3cret:tree', /^LDAP is not supported/],
  ];
  for (const [spec, message] of cases) {
    t.throws(() => makeVerifier(spec), { message }, spec);
    t.throws(() => makeVerifier(spec), { message: /^(?!.*s3cret)/ });
  }
  t.end();
});
