import t from 'tap';
import { GuessLimit } from '../../../src/addons/proxyauth/guess-limit.js';
import { ProxyAuth } from '../../../src/addons/proxyauth/proxyauth.js';
import type { Verifier } from '../../../src/addons/proxyauth/verifier.js';
import { ClientConnection } from '../../../src/flow/connection.js';

function addon(check: Verifier['check']): { auth: ProxyAuth; ask: (user: string, word: string) => Promise<boolean> } {
  const auth = new ProxyAuth({ check }, new GuessLimit({ pause: () => Promise.resolve() }));
  const ask = async (username: string, password: string): Promise<boolean> => {
    const data = { client: new ClientConnection(), credentials: { username, password }, accepted: false };
    await auth.authenticate(data);
    return data.accepted;
  };
  return { auth, ask };
}

t.test('right ones are looked at once, and cost no promise afterwards', async (t) => {
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
