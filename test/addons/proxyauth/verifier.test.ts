import { join } from 'node:path';
import t from 'tap';
import { makeVerifier } from '../../../src/addons/proxyauth/verifier.js';
import { folder, write } from '../../support/folder.js';

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
    ['@/nowhere/users', /^\/nowhere\/users cannot be read \(ENOENT\)$/],
    ['ldap:localhost:dn:s3cret:tree', /^LDAP is not supported/],
    ['LDAPS:localhost:dn:s3cret:tree', /^LDAP is not supported/],
  ];
  for (const [spec, message] of cases) {
    t.throws(() => makeVerifier(spec), { message }, spec);
    t.throws(() => makeVerifier(spec), { message: /^(?!.*s3cret)/ });
  }
  t.end();
});
