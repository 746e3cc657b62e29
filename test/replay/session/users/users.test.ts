import t from 'tap';
import { hashOf } from '../../../../src/flow/text/hash.js';
import { Users } from '../../../../src/replay/session/users/users.js';
import { flowOf } from '../conversation.js';

const request = (...fields: string[]) => flowOf({ request: ['GET /', ...fields].join('\n') });

t.test('credentials that belong together are of one user', async (t) => {
  const users = new Users();
  const cookie = users.of(request('Cookie: sid=0123456789; theme=dark'));
  t.ok(cookie);
  t.equal(users.of(request('Cookie: theme=dark; sid=0123456789')), cookie);
  t.not(users.of(request('Cookie: theme=dark; sid=9876543210')), cookie);
  const bearer = users.of(request('Authorization: Bearer abcdefghij'));
  t.not(bearer, cookie);
  // The response to a request with the cookie issued the token.
  t.ok(users.has(hashOf('', 'abcdefghij')));
  const both = users.join(cookie, hashOf('', 'abcdefghij'));
  t.equal(users.of(request('Authorization: Bearer abcdefghij')), both);
  t.equal(users.of(request('Cookie: sid=0123456789')), both);
});

t.test('what is no credential', async (t) => {
  const users = new Users();
  t.equal(users.of(request('Cookie: theme=dark', 'X-CSRF-Token: 0123456789', 'User-Agent: curl/8.0.0')), undefined);
  t.equal(users.has(hashOf('', '0123456789')), false);
  t.ok(users.of(request('Mcp-Session-Id: 0123456789')));
  t.ok(users.of(request('X-Api-Key: 0123456789')));
});

t.test('a long chain of credentials is followed in linear time', async (t) => {
  const users = new Users();
  let user: number | undefined;
  for (let at = 0; at < 100_000; at++) user = users.join(user, hashOf('', String(at)));
  t.equal(users.join(undefined, hashOf('', '0')), users.join(undefined, hashOf('', '99999')));
});
