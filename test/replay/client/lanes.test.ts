import t from 'tap';
import type { ReplayClient } from '../../../src/engine/index.js';
import { Lanes } from '../../../src/replay/client/lanes.js';
import { testRequest } from './support.js';

interface FakeClient {
  serverName: string | undefined;
  closed: boolean;
  close(): void;
}

function make(): { lanes: Lanes; clients: FakeClient[] } {
  const clients: FakeClient[] = [];
  const lanes = new Lanes((serverName) => {
    const client: FakeClient = {
      serverName,
      closed: false,
      close: () => {
        client.closed = true;
      },
    };
    clients.push(client);
    return client as unknown as ReplayClient;
  });
  return { lanes, clients };
}

const GET = testRequest();
const NTLM = testRequest({ fields: 'Authorization: NTLM abc\r\n' });

t.test('connections are used again, that of the same recorded connection first', (t) => {
  const { lanes, clients } = make();
  const [one, two] = [lanes.acquire('a'), lanes.acquire('b')];
  const first = one.clientFor('a', GET, undefined);
  two.clientFor('b', GET, undefined);
  lanes.release(one);
  lanes.release(two);
  t.equal(lanes.acquire('a'), one, 'not the most recent one');
  t.equal(one.clientFor('a', GET, undefined), first);
  t.equal(lanes.acquire('c'), two, 'another connection takes what is there');
  t.equal(clients.length, 2);
  lanes.release(two);
  lanes.close();
  t.equal(clients[1]!.closed, true);
  t.end();
});

t.test('an authenticated connection serves no other client', (t) => {
  const { lanes, clients } = make();
  const lane = lanes.acquire('a');
  lane.clientFor('a', NTLM, undefined);
  lanes.release(lane);
  t.equal(lanes.acquire('a').clientFor('a', GET, undefined), clients[0], 'the same client');
  lanes.release(lane);
  t.not(lanes.acquire('b').clientFor('b', GET, undefined), clients[0]);
  t.equal(clients[0]!.closed, true);
  t.end();
});

t.test('each server name for TLS has a client of its own, up to a limit', (t) => {
  const { lanes, clients } = make();
  const lane = lanes.acquire('a');
  for (const name of ['x', undefined, 'x', 'y']) lane.clientFor('a', GET, name);
  t.same(
    clients.map(({ serverName }) => serverName),
    ['x', undefined, 'y'],
  );
  for (let name = 0; name < 6; name++) lane.clientFor('a', GET, `${name}`);
  t.same(
    clients.filter(({ closed }) => closed).map(({ serverName }) => serverName),
    [undefined],
    'the least recently used one',
  );
  t.end();
});

t.test('a client that was closed is replaced', (t) => {
  const { lanes, clients } = make();
  const lane = lanes.acquire('a');
  lane.clientFor('a', GET, undefined);
  clients[0]!.closed = true;
  t.equal(lane.clientFor('a', GET, undefined), clients[1]);
  t.end();
});
