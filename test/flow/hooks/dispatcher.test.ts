import { tmpdir } from 'node:os';
import t from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../../src/flow/connection.js';
import type { FlowFilter, Phase, Verdict } from '../../../src/flow/filter.js';
import { type Flow, HttpFlow, TcpFlow } from '../../../src/flow/flow.js';
import { Dispatcher, type DispatcherOptions } from '../../../src/flow/hooks/dispatcher.js';
import { type Addon, HOOK_NAMES, type HookName } from '../../../src/flow/hooks/hooks.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { later } from '../../support/later.js';
import { until } from '../../support/until.js';

const policy = new SpoolPolicy({ dir: tmpdir() });

function httpFlow(contentType = 'text/plain'): HttpFlow {
  const parts = {
    method: 'GET',
    scheme: 'http',
    host: 'a',
    port: 80,
    authority: '',
    path: '/',
    httpVersion: 'HTTP/1.1',
  };
  const flow = new HttpFlow(
    new ClientConnection(),
    new ServerConnection(),
    new HttpRequest({ ...parts, headers: new Headers() }),
    1,
  );
  flow.request.body.keepIn(policy);
  flow.response = new HttpResponse({
    statusCode: 200,
    reason: '',
    httpVersion: 'HTTP/1.1',
    headers: Headers.from({ 'content-type': contentType }),
  });
  flow.response.body.keepIn(policy);
  return flow;
}

function tcpFlow(): TcpFlow {
  return new TcpFlow(new ClientConnection(), new ServerConnection(), new MessageLog(), 1);
}

interface Told {
  hooks: Dispatcher;
  errors: string[];
  overLimit: Flow[];
}

function dispatching(addons: Addon[], options: Partial<DispatcherOptions> = {}): Told {
  const errors: string[] = [];
  const overLimit: Flow[] = [];
  const hooks = new Dispatcher(addons, {
    onError: (error, { addon, hook, flow }) =>
      errors.push(`${addon.name ?? 'addon'} ${hook} ${flow?.id ?? '-'}: ${(error as Error).message}`),
    bodySearchLimit: 100,
    onSearchLimit: (flow) => overLimit.push(flow),
    ...options,
  });
  return { hooks, errors, overLimit };
}

/** A filter with the answer for each phase; what is left out is yes. */
function filter(answers: Partial<Record<Phase, Verdict>>, needsBodies = false): FlowFilter {
  return { text: 'test', needsBodies, evaluate: (_flow, phase) => answers[phase] ?? 'yes' };
}

t.test('addons are called in order, and waited for', async (t) => {
  const seen: string[] = [];
  const { hooks } = dispatching([
    { request: () => void seen.push('sync') },
    { request: () => later().then(() => void seen.push('async')) },
    { response: () => void seen.push('other hook') },
    { request: () => void seen.push('sync behind') },
    { request: () => later().then(() => void seen.push('async behind')) },
  ]);
  await hooks.emit('request', httpFlow());
  t.same(seen, ['sync', 'async', 'sync behind', 'async behind']);
});

t.test('synchronous hooks return no promise, and a hook without addons costs nothing', async (t) => {
  const { hooks } = dispatching([{ request: () => {} }, { response: later }, { request: () => {} }]);
  t.equal(hooks.emit('request', httpFlow()), undefined);
  t.equal(hooks.emit('requestHeaders', httpFlow()), undefined);
  t.ok(hooks.emit('response', httpFlow()) instanceof Promise);
  t.same([hooks.listens('request'), hooks.listens('error')], [true, false]);
});

t.test('hooks of classes keep their object', async (t) => {
  class Counter implements Addon {
    count = 0;
    flowEnd(): void {
      this.count++;
    }
  }
  class Louder extends Counter {
    override flowEnd(): void {
      this.count += 10;
    }
  }
  const [counter, louder] = [new Counter(), new Louder()];
  void dispatching([counter, louder]).hooks.emit('flowEnd', httpFlow());
  t.same([counter.count, louder.count], [1, 10]);
});

t.test('every hook can be listened to', async (t) => {
  for (const name of HOOK_NAMES) t.equal(dispatching([{ [name]: () => {} }]).hooks.listens(name), true, name);
});

t.test('an addon that throws is reported, and the others are called', async (t) => {
  const seen: string[] = [];
  const fail = (message: string) => {
    throw new Error(message);
  };
  const flow = httpFlow();
  const { hooks, errors } = dispatching([
    { name: 'first', request: () => fail('at once') },
    { name: 'second', request: () => later().then(() => fail('later')) },
    { request: () => fail('without a name') },
    { name: 'last', request: () => void seen.push('called') },
    { name: 'running', running: () => fail('no flow') },
  ]);
  await hooks.emit('request', flow);
  void hooks.emit('running', undefined);
  t.same(seen, ['called']);
  t.same(errors, [
    `first request ${flow.id}: at once`,
    `second request ${flow.id}: later`,
    `addon request ${flow.id}: without a name`,
    'running running -: no flow',
  ]);
});

t.test('filters: only yes calls', async (t) => {
  for (const [verdict, calls] of [
    ['yes', 1],
    ['no', 0],
    ['later', 0],
  ] as const) {
    let called = 0;
    const { hooks } = dispatching([{ filter: filter({ request: verdict }), request: () => void called++ }]);
    void hooks.emit('request', httpFlow());
    t.equal(called, calls, verdict);
  }
});

t.test('filters are asked for the phase of the hook', async (t) => {
  const cases: [HookName, Phase | 'not asked'][] = [
    ['httpConnect', 'requestHeaders'],
    ['requestHeaders', 'requestHeaders'],
    ['request', 'request'],
    ['responseHeaders', 'responseHeaders'],
    ['response', 'response'],
    ['error', 'end'],
    ['flowEnd', 'end'],
    ['tcpStart', 'requestHeaders'],
    ['tcpMessage', 'responseHeaders'],
    ['tcpEnd', 'response'],
    ['clientConnected', 'not asked'],
    ['serverConnect', 'not asked'],
  ];
  for (const [hook, expected] of cases) {
    let asked: string = 'not asked';
    let called = 0;
    const addon: Addon = {
      filter: {
        text: '',
        needsBodies: false,
        evaluate: (_flow, phase) => {
          asked = phase;
          return 'yes';
        },
      },
      [hook]: () => called++,
    };
    const argument = {
      clientConnected: new ClientConnection(),
      serverConnect: { client: new ClientConnection(), server: new ServerConnection() },
      tcpMessage: { flow: tcpFlow(), message: { fromClient: true, opcode: 0, timestamp: 0, content: Buffer.alloc(0) } },
    }[hook as string];
    void dispatching([addon]).hooks.emit(
      hook,
      (argument ?? (hook.startsWith('tcp') ? tcpFlow() : httpFlow())) as never,
    );
    t.equal(asked, expected, hook);
    t.equal(called, 1);
  }
});

t.test('addons that hold a message', async (t) => {
  const cases: [name: string, addon: Addon, request: boolean, response: boolean, stream?: boolean][] = [
    [
      'an observer',
      { flowEnd: () => {}, requestHeaders: () => {}, responseHeaders: () => {}, observesBodies: true },
      false,
      false,
    ],
    ['request', { request: () => {} }, true, false],
    ['response', { response: () => {} }, false, true, false],
    ['response, with a word for streams', { response: () => {}, hold: 'always' }, false, true, true],
    ['filter yes', { request: () => {}, response: () => {}, filter: filter({}) }, true, true, false],
    [
      'filter later',
      { request: () => {}, response: () => {}, filter: filter({ requestHeaders: 'later', responseHeaders: 'later' }) },
      true,
      true,
      false,
    ],
    [
      'filter no',
      { request: () => {}, response: () => {}, filter: filter({ requestHeaders: 'no', responseHeaders: 'no' }) },
      false,
      false,
    ],
  ];
  for (const [name, addon, request, response, stream = false] of cases) {
    const { hooks } = dispatching([addon]);
    t.same([hooks.holds('request', httpFlow()), hooks.holds('response', httpFlow())], [request, response], name);
    for (const type of ['text/event-stream', 'Text/Event-Stream; charset=utf-8', ' text/event-stream']) {
      t.equal(hooks.holds('response', httpFlow(type)), stream, `${name}: ${type}`);
    }
    t.equal(hooks.holds('response', httpFlow('text/event-streams')), response);
  }
});

t.test('addons that hold messages of a WebSocket', async (t) => {
  const cases: [name: string, addon: Addon, held: boolean][] = [
    ['no hook for them', { websocketStart: () => {}, tcpMessage: () => {} }, false],
    ['a hook', { websocketMessage: () => {} }, true],
    ['an observer', { websocketMessage: () => {}, observes: true }, false],
    ['filter later', { websocketMessage: () => {}, filter: filter({ responseHeaders: 'later' }) }, true],
    ['filter no', { websocketMessage: () => {}, filter: filter({ responseHeaders: 'no' }) }, false],
  ];
  for (const [name, addon, held] of cases) t.equal(dispatching([addon]).hooks.holdsMessages(httpFlow()), held, name);
});

t.test('for whom bodies are kept', async (t) => {
  const cases: [name: string, addon: Addon, kept: boolean][] = [
    ['nobody', { flowEnd: () => {}, request: () => {} }, false],
    ['an observer', { observesBodies: true }, true],
    ['an observer of others', { observesBodies: true, filter: filter({ responseHeaders: 'no' }) }, false],
    [
      'an observer that does not know yet',
      { observesBodies: true, filter: filter({ responseHeaders: 'later' }) },
      true,
    ],
    ['a filter that reads them', { flowEnd: () => {}, filter: filter({ responseHeaders: 'later' }, true) }, true],
    [
      'a filter that would read them of others',
      { flowEnd: () => {}, filter: filter({ responseHeaders: 'no' }, true) },
      false,
    ],
  ];
  for (const [name, addon, kept] of cases) {
    t.equal(dispatching([addon]).hooks.keepsBodies(httpFlow(), 'responseHeaders'), kept, name);
  }
});

t.test('filters that read bodies find them, and only they', async (t) => {
  const flow = httpFlow();
  flow.request.body.append(Buffer.from('question'));
  flow.response!.body.append(Buffer.from('answer'));
  const seen: string[] = [];
  const reading = (name: string): Addon => ({
    filter: {
      text: '',
      needsBodies: true,
      evaluate: (asked, phase) => {
        const { request, response } = asked as HttpFlow;
        seen.push(`${name} ${phase} ${request.body.loaded} ${response?.body.loaded}`);
        return 'yes';
      },
    },
    response: (called) => void seen.push(`${name} called, ${called.request.body.loaded !== undefined}`),
    responseHeaders: () => {},
  });
  const { hooks } = dispatching([
    reading('a'),
    reading('b'),
    { response: (called) => void seen.push(`c ${called.request.body.loaded}`) },
  ]);
  await hooks.emit('responseHeaders', flow);
  t.same(
    seen.splice(0),
    ['a responseHeaders undefined undefined', 'b responseHeaders undefined undefined'],
    'the body has yet to come',
  );
  await hooks.emit('response', flow);
  t.same(seen, [
    'a responseHeaders undefined undefined',
    'a response question answer',
    'a called, true',
    'b responseHeaders question answer',
    'b response question answer',
    'b called, false',
    'c undefined',
  ]);
  t.equal(flow.response!.body.loaded, undefined);
});

t.test('a body beyond the search limit is reported, and cut for filters', async (t) => {
  const flow = httpFlow();
  flow.response!.body.append(Buffer.alloc(101, 97));
  let seen = 0;
  const bodies: FlowFilter = {
    text: '',
    needsBodies: true,
    evaluate: (asked) => {
      seen = (asked as HttpFlow).response!.body.loaded?.length ?? 0;
      return 'yes';
    },
  };
  const { hooks, overLimit } = dispatching([{ filter: bodies, flowEnd: () => {} }]);
  await hooks.emit('flowEnd', flow);
  t.equal(seen, 100);
  t.same(overLimit, [flow]);
});

t.test('a filter whose body cannot be read is reported as the addon that has it', async (t) => {
  const flow = httpFlow();
  flow.response = HttpResponse.make(200);
  Object.defineProperty(flow.response.body, 'load', { value: () => Promise.reject(new Error('no disk')) });
  let called = 0;
  const { hooks, errors } = dispatching([
    { name: 'reader', filter: filter({}, true), flowEnd: () => void called++ },
    { flowEnd: () => void called++ },
  ]);
  await hooks.emit('flowEnd', flow);
  t.same(errors, [`reader flowEnd ${flow.id}: no disk`]);
  t.equal(called, 1);
});

t.test('when the program ends, addons are not waited for but observers that save', async (t) => {
  const never = (): Promise<void> => new Promise(() => {});
  let save!: () => void;
  const seen: string[] = [];
  const { hooks, errors } = dispatching([
    { name: 'endless', request: never, error: never, flowEnd: never },
    {
      name: 'behind',
      request: () => void seen.push('request'),
      error: () => later().then(() => void seen.push('error')),
    },
    {
      name: 'save',
      observes: true,
      request: never,
      flowEnd: () =>
        new Promise((resolve) => {
          save = resolve;
        }),
    },
  ]);
  const flow = httpFlow();
  const request = hooks.emit('request', flow);
  hooks.giveUp();
  await request;
  await hooks.emit('error', flow);
  t.same(seen, ['request', 'error'], 'those behind are called');
  let saved = false;
  const ended = hooks.emit('flowEnd', flow)!.then(() => {
    saved = true;
  });
  await until(() => save !== undefined, 'the observer');
  await later();
  t.equal(saved, false);
  save();
  await ended;
  t.same(
    errors.map((line) => line.replace(/ \S+: .*/, '')),
    ['endless request', 'save request', 'endless error', 'endless flowEnd'],
  );
});

t.test('done is the last hook', async (t) => {
  const seen: string[] = [];
  let release = (): void => {};
  const note = (name: string) => () => void seen.push(name);
  const server = { client: new ClientConnection(), server: new ServerConnection() };
  const { hooks, errors } = dispatching([
    {
      serverConnected: () => new Promise((resolve) => (release = resolve)),
      done: () => later().then(note('first done')),
    },
    {
      serverConnected: note('late serverConnected'),
      serverDisconnected: note('late serverDisconnected'),
      clientDisconnected: note('late clientDisconnected'),
      flowEnd: note('late flowEnd'),
      done: note('second done'),
    },
  ]);
  const pending = hooks.emit('serverConnected', server);
  const ended = hooks.end();
  void hooks.emit('serverDisconnected', server);
  await ended;
  release();
  await pending;
  void hooks.emit('clientDisconnected', server.client);
  t.same(seen, ['first done', 'second done'], 'connections that close late call none');
  void hooks.emit('flowEnd', httpFlow());
  t.same(seen.slice(2), ['late flowEnd'], 'a flow that ends late is not passed over, so that it is found out');
  t.same(errors, []);
});

t.test('a filter that did not match is evaluated again only after an addon may have changed the flow', (t) => {
  const asked: string[] = [];
  const asking = (name: string, verdict: Verdict): FlowFilter => ({
    text: name,
    needsBodies: false,
    evaluate: (_flow, phase) => {
      asked.push(`${name} ${phase}`);
      return verdict;
    },
  });
  const shared = asking('shared', 'no');
  const seen: string[] = [];
  const never = (): void => void seen.push('called');
  const { hooks } = dispatching([
    { filter: asking('no', 'no'), requestHeaders: never, responseHeaders: never, response: never },
    { filter: shared, requestHeaders: never, response: never },
    { filter: shared, response: never },
    { observes: true, responseHeaders: () => {} },
  ]);
  const flow = httpFlow();
  void hooks.emit('requestHeaders', flow);
  t.same(asked.splice(0), ['no requestHeaders', 'shared requestHeaders']);
  void hooks.emit('responseHeaders', flow);
  t.equal(hooks.holds('response', flow), false);
  void hooks.emit('response', flow);
  t.same([asked, seen], [[], []]);
  void hooks.emit('response', httpFlow());
  t.same(asked.splice(0), ['no response', 'shared response'], 'of each flow on its own');
  hooks.setAddons([{ filter: shared, response: never }]);
  void hooks.emit('response', flow);
  t.same(asked.splice(0), ['shared response'], 'other addons, other answers');
  hooks.setAddons([{ filter: shared, response: never }, { response: () => {} }, { filter: shared, response: never }]);
  void hooks.emit('response', flow);
  void hooks.emit('response', flow);
  t.same(asked, ['shared response', 'shared response', 'shared response'], 'behind an addon that was called');
  t.end();
});

t.test('more filters than are remembered', (t) => {
  const addons = Array.from(
    { length: 70 },
    (_, at): Addon => ({
      filter: filter({ request: at % 2 === 0 ? 'yes' : 'no' }),
      observes: true,
      request: () => void called.push(at),
    }),
  );
  const called: number[] = [];
  const { hooks } = dispatching(addons);
  const flow = httpFlow();
  void hooks.emit('request', flow);
  void hooks.emit('request', flow);
  const even = addons.map((_, at) => at).filter((at) => at % 2 === 0);
  t.same(called, [...even, ...even]);
  t.end();
});
