import t, { type Test } from 'tap';
import type { ReplayClient } from '../../../src/engine/index.js';
import { ServerConnection } from '../../../src/flow/connection.js';
import { type Flow, FlowNotLiveError, HttpFlow } from '../../../src/flow/flow.js';
import type { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { ClientReplay, type ClientReplayOptions } from '../../../src/replay/client/client-replay.js';
import { parseMapping } from '../../../src/replay/client/destination/target.js';
import { Targets } from '../../../src/replay/client/destination/targets.js';
import { RatePacer } from '../../../src/replay/client/pace/pacer.js';
import type { SendDetails } from '../../../src/replay/client/replay-observer.js';
import { FakeClock, settled } from './pace/fake-clock.js';
import { type TestFlow, testFlow, testRequest } from './support.js';

/** A request that was sent, for the test to answer. */
interface Sent {
  path: string;
  request: HttpRequest;
  answer(error?: string): void;
  /** The engine has stopped. */
  refuse(): void;
}

interface Harness {
  replay: ClientReplay;
  clock: FakeClock;
  sent: Sent[];
  /** What the observer and the callbacks received. */
  events: string[];
  hows: SendDetails[];
  /** Gives flows in order, as a reader does. */
  feed(...flows: Flow[]): Promise<void>;
  /** Paths of requests that were sent and not answered, in the order of sending. */
  open(): string[];
  answer(path: string, error?: string): Promise<void>;
}

function harness(
  t: Test,
  options: Partial<ClientReplayOptions> & { map?: string } = {},
  clock = new FakeClock(),
): Harness {
  const sent: Sent[] = [];
  const events: string[] = [];
  const hows: SendDetails[] = [];
  const answered = new Set<Sent>();
  const createClient = (): ReplayClient => {
    const send = (request: HttpRequest, { metadata }: { metadata: object }): Promise<HttpFlow> =>
      new Promise((resolve, reject) => {
        const entry: Sent = {
          path: request.path,
          request,
          answer: (error) => {
            const flow = new HttpFlow(testFlow().client, new ServerConnection(), request, 1);
            Object.assign(flow.metadata, metadata);
            if (error === undefined) flow.response = HttpResponse.make(200, 'ok');
            else flow.error = { message: error, timestamp: 1, code: error };
            resolve(flow);
          },
          refuse: () => reject(new FlowNotLiveError('')),
        };
        sent.push(entry);
      });
    return { send, close: () => {}, closed: false } as unknown as ReplayClient;
  };
  const replay = new ClientReplay({
    targets: new Targets({
      to: undefined,
      mappings: [parseMapping(options.map ?? 'api.example=http://s')],
      anywhere: false,
    }),
    keepHost: false,
    dropCredentials: false,
    concurrency: 1,
    pacer: undefined,
    speed: undefined,
    maxInFlight: 1000,
    timeout: 0,
    retries: 0,
    clock,
    createClient,
    observer: {
      skipped: (index, _flow, obstacle) => void events.push(`skipped ${index} ${obstacle}`),
      refused: (index, flow) => void events.push(`refused ${index} ${flow.request.host}`),
      unsent: (index) => void events.push(`unsent ${index}`),
      begins: () => {},
      ended: (index, _recorded, replayed, how) => {
        events.push(`ended ${index} ${replayed.error?.code ?? 'ok'}`);
        hows.push(how);
      },
      crashed: (error) => t.fail(String(error)),
    },
    ...options,
  });
  let index = 0;
  const open = (): string[] => sent.filter((each) => !answered.has(each)).map(({ path }) => path);
  return {
    replay,
    clock,
    sent,
    events,
    hows,
    open,
    feed: async (...flows) => {
      for (const flow of flows) await replay.take(flow, index++);
    },
    answer: async (path, error) => {
      const entry = sent.find((each) => each.path === path && !answered.has(each));
      if (!entry) throw new Error(`${path} was not sent; open: ${open()}`);
      answered.add(entry);
      entry.answer(error);
      await settled();
    },
  };
}

/** A flow of a connection: `/PATH` began and ended at these seconds. */
function flow(path: string, client = 'c', began = 1, ended: number | undefined = began, more: TestFlow = {}): HttpFlow {
  return testFlow({ request: testRequest({ path: `/${path}` }), client, began, ended, ...more });
}

t.test('one after the other', async (t) => {
  const { feed, open, answer, replay, events } = harness(t);
  const feeding = feed(flow('a', 'x'), flow('b', 'y'), flow('c', 'z'));
  for (const path of ['/a', '/b', '/c']) {
    await settled();
    t.same(open(), [path]);
    await answer(path);
  }
  await feeding;
  await replay.settled();
  t.same(events, ['ended 0 ok', 'ended 1 ok', 'ended 2 ok']);
});

t.test(
  'some at a time: a request waits for those of its connection that had ended, and for nothing else',
  async (t) => {
    const { feed, open, answer, replay } = harness(t, { concurrency: 3 });
    const feeding = feed(
      flow('login', 'x', 1, 2),
      flow('page', 'x', 3, 9),
      flow('image', 'x', 4, 5),
      flow('other', 'y', 4, 5),
      flow('last', 'x', 10, 11),
      flow('more', 'z', 12, 13),
    );
    await settled();
    t.same(open(), ['/login', '/other', '/more'], 'those that wait take no slot');
    await answer('/login');
    t.same(open(), ['/other', '/more', '/page'], 'three at a time');
    await answer('/other');
    t.same(open(), ['/more', '/page', '/image'], 'page and image ran side by side');
    await answer('/more');
    await answer('/image');
    t.same(open(), ['/page']);
    await answer('/page');
    t.same(open(), ['/last']);
    await answer('/last');
    await feeding;
    await replay.settled();
  },
);

t.test('no more are read than may be in flight', async (t) => {
  const { feed, open, answer, replay } = harness(t, { concurrency: 2, maxInFlight: 3 });
  let fed = false;
  const feeding = feed(flow('a', 'x', 1, 2), flow('b', 'x', 3, 4), flow('c', 'x', 5, 6)).then(() => {
    fed = true;
  });
  await settled();
  t.same(open(), ['/a']);
  t.equal(replay.inFlight, 3);
  t.equal(fed, false, 'the reader waits');
  await answer('/a');
  t.equal(fed, true);
  for (const path of ['/b', '/c']) await answer(path);
  await feeding;
  await replay.settled();
});

t.test('a rate does not wait for responses, but for what is due', async (t) => {
  const clock = new FakeClock();
  const { feed, open, answer, replay, hows } = harness(t, { pacer: new RatePacer(10, clock), maxInFlight: 3 }, clock);
  const feeding = feed(...['a', 'b', 'c', 'd'].map((path) => flow(path, 'x', 1, 2)));
  await settled();
  t.same(open(), ['/a']);
  await clock.advance(100);
  t.same(open(), ['/a', '/b']);
  await clock.advance(500);
  t.same(open(), ['/a', '/b', '/c'], 'not more than the limit');
  await answer('/a');
  t.same(open(), ['/b', '/c', '/d']);
  for (const path of ['/b', '/c', '/d']) await answer(path);
  await feeding;
  await replay.settled();
  const start = hows[0]!.due!;
  t.same(
    hows.map(({ due, sent, ended }) => [due! - start, sent - start, ended - start]),
    [
      [0, 0, 600],
      [100, 100, 600],
      [200, 200, 600],
      [300, 600, 600],
    ],
  );
});

t.test('what cannot be sent, and what must not be', async (t) => {
  const { feed, events, sent } = harness(t, { map: 'other=http://s' });
  await feed(flow('a'), testFlow({ request: testRequest({ method: 'CONNECT' }) }));
  t.same(events, ['refused 0 api.example', 'skipped 1 connect']);
  t.equal(sent.length, 0);
});

t.test('another attempt after a failed connection', async (t) => {
  const { feed, open, answer, clock, events, sent, replay } = harness(t, { retries: 2 });
  const feeding = feed(flow('a'));
  await settled();
  await answer('/a', 'ECONNREFUSED');
  t.same(open(), [], 'after a while');
  await clock.advance(100);
  t.same(open(), ['/a']);
  await answer('/a', 'ECONNREFUSED');
  await clock.advance(200);
  await answer('/a', 'ECONNREFUSED');
  await feeding;
  await replay.settled();
  t.same(events, ['ended 0 ECONNREFUSED']);
  t.equal(new Set(sent.map(({ request }) => request)).size, 3, 'each attempt has a request of its own');
});

t.test('a stop: nothing more is sent, what is in flight ends', async (t) => {
  const { feed, open, answer, events, replay } = harness(t, { concurrency: 2 });
  const feeding = feed(flow('a', 'x', 1, 2), flow('b', 'x', 3, 4), flow('c', 'y', 5, 6));
  await settled();
  t.same(open(), ['/a', '/c']);
  replay.stop();
  await answer('/a');
  await answer('/c');
  await feeding;
  await replay.settled();
  t.same(events.sort(), ['ended 0 ok', 'ended 2 ok', 'unsent 1']);
});

t.test('the engine stops first', async (t) => {
  const { feed, sent, events, replay } = harness(t);
  const feeding = feed(flow('a'));
  await settled();
  sent[0]!.refuse();
  await feeding;
  await replay.settled();
  t.same(events, ['unsent 0']);
});

t.test('callbacks can read both bodies; rewriting one request delays no other', async (t) => {
  const calls: string[] = [];
  let go = (): void => {};
  const { feed, open, answer, replay, sent } = harness(t, {
    concurrency: 2,
    rewriter: {
      rewrite: (recorded, request) => {
        calls.push(`prepare ${recorded.request.path} ${request.host}`);
        request.headers.set('X-Token', 'new');
        if (recorded.request.path !== '/slow') return undefined;
        return new Promise((resolve) => {
          go = () => resolve({ changed: true });
        });
      },
      onRead: (recorded) => void calls.push(`announce ${recorded.request.path}`),
      onEnded: (recorded, replayed) =>
        void calls.push(`received ${recorded.request.path} ${replayed?.response?.statusCode}`),
      nextRound: () => void calls.push('next round'),
    },
    onReplayed: async (recorded, replayed) => {
      calls.push(`replayed ${recorded.id === replayed.metadata.replayed_from} ${await replayed.response!.body.text()}`);
    },
  });
  const feeding = feed(flow('slow', 'x'), flow('a', 'y'), flow('b', 'z'));
  await settled();
  t.same(open(), ['/a', '/b']);
  await answer('/a');
  await answer('/b');
  go();
  await settled();
  await answer('/slow');
  await feeding;
  await replay.endRound();
  t.same(calls, [
    'announce /slow',
    'prepare /slow s',
    'announce /a',
    'prepare /a s',
    'announce /b',
    'prepare /b s',
    'received /a 200',
    'replayed true ok',
    'received /b 200',
    'replayed true ok',
    'received /slow 200',
    'replayed true ok',
    'next round',
  ]);
  t.same(
    sent.map(({ request }) => request.headers.get('x-token')),
    ['new', 'new', 'new'],
  );
});

t.test('one after the other, also if rewriting takes time', async (t) => {
  const waiting: (() => void)[] = [];
  const { feed, open, answer, replay, events } = harness(t, {
    rewriter: {
      rewrite: ({ request }) =>
        request.path === '/a' ? new Promise((resolve) => waiting.push(() => resolve(undefined))) : undefined,
      onRead: () => {},
      onEnded: () => undefined,
      nextRound: () => {},
    },
  });
  const feeding = feed(flow('a', 'x'), flow('b', 'y'));
  await settled();
  t.same(open(), []);
  for (const go of waiting) go();
  await settled();
  t.same(open(), ['/a']);
  await answer('/a');
  await answer('/b');
  await feeding;
  await replay.settled();
  t.same(events, ['ended 0 ok', 'ended 1 ok']);
});

t.test('rounds end before the next begins, but not for a rate', async (t) => {
  const closed = harness(t);
  const feeding = closed.feed(flow('a'));
  await settled();
  let ended = false;
  const round = closed.replay.endRound().then(() => {
    ended = true;
  });
  await settled();
  t.equal(ended, false);
  await closed.answer('/a');
  await round;
  await feeding;

  const clock = new FakeClock();
  const open = harness(t, { pacer: new RatePacer(10, clock) }, clock);
  await open.feed(flow('a'));
  await open.replay.endRound();
  t.same(open.open(), ['/a']);
  await open.answer('/a');
});
