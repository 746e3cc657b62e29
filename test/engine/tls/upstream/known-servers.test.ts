import t from 'tap';
import { KnownServers } from '../../../../src/engine/tls/upstream/known-servers.js';

const peer = {
  names: { names: [], commonName: 'a', organization: undefined },
  certificates: [Buffer.from('der')],
  verificationError: undefined,
};

t.test('a server is known until it expires', (t) => {
  let now = 1000;
  const known = new KnownServers(10, () => now);
  known.remember('a', peer, 'http/1.1');
  t.match(known.get('a'), { alpn: 'http/1.1', certificates: peer.certificates });
  t.equal(known.get('b'), undefined);
  now += 9_999;
  t.ok(known.get('a'));
  now += 1;
  t.equal(known.get('a'), undefined);
  t.equal(known.size, 0);
  t.end();
});

t.test('a use does not make it known for longer, a handshake does', (t) => {
  let now = 0;
  const known = new KnownServers(10, () => now);
  known.remember('a', peer, undefined);
  now = 6_000;
  known.get('a');
  known.remember('a', peer, 'h2');
  now = 12_000;
  t.equal(known.get('a')?.alpn, 'h2');
  t.end();
});

t.test('a failure is the end of it', (t) => {
  const known = new KnownServers(10);
  known.remember('a', peer, 'h2');
  known.forget('a');
  t.equal(known.get('a'), undefined);
  t.end();
});

t.test('the number of servers is bounded', (t) => {
  const known = new KnownServers(10, Date.now, 3);
  for (const key of ['a', 'b', 'c']) known.remember(key, peer, 'h2');
  known.get('a');
  known.remember('d', peer, 'h2');
  t.same(
    ['a', 'b', 'c', 'd'].map((key) => known.get(key) !== undefined),
    [true, false, true, true],
  );
  t.end();
});

t.test('0 remembers nothing', (t) => {
  const known = new KnownServers(0);
  known.remember('a', peer, 'h2');
  t.equal(known.get('a'), undefined);
  t.equal(known.size, 0);
  t.end();
});

t.test('which servers do not speak first', (t) => {
  const known = new KnownServers(10);
  for (const alpn of ['h2', 'http/1.1', 'http/1.0', 'imap', undefined]) known.remember(String(alpn), peer, alpn);
  t.ok(known.getHttp('h2'));
  t.ok(known.getHttp('http/1.1'));
  t.ok(known.getHttp('http/1.0'));
  t.notOk(known.getHttp('imap'));
  t.notOk(known.getHttp('undefined'));
  known.noteHttp('undefined');
  t.ok(known.getHttp('undefined'), 'a client has spoken HTTP with it');
  known.remember('undefined', peer, undefined);
  t.ok(known.getHttp('undefined'), 'another handshake leaves it at that');
  t.end();
});
