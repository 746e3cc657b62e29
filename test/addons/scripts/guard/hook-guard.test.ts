import t from 'tap';
import { guardHook } from '../../../../src/addons/scripts/guard/guard-hook.js';
import type { HttpFlow } from '../../../../src/flow/flow.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';
import { plainHttpFlow } from '../../../serialize/sample-flows.js';

type Change = (argument: never) => unknown;

/** Sets a property without regard to its type, as a script may. */
const set =
  (name: string, value: unknown): Change =>
  (argument) => {
    const path = name.split('.');
    const key = path.pop()!;
    const owner = path.reduce<unknown>((object, each) => (object as Record<string, unknown>)[each], argument);
    (owner as Record<string, unknown>)[key] = value;
  };

const facts = ({ id, comment, marked, metadata, request, response, ...others }: HttpFlow) => [
  ...[id, comment, marked, metadata, request, response],
  ...[others.client, others.server, others.error, others.timestampCreated, others.isReplay],
  ...[request.headers, request.body, request.trailers, response?.headers, response?.body, response?.trailers],
];

const MISTAKE = { message: /has to be/ };

const WRONG: [name: string, value: unknown][] = [
  ['response', null],
  ['response', 'text'],
  ['response', { statusCode: 200 }],
  ['response', new Response('of the web')],
  ['request', {}],
  ['request.headers', { a: 'b' }],
  ['request.body', 'text'],
  ['request.trailers', [['a', 'b']]],
  ['response.headers', new Map()],
  ['response.body', Buffer.from('bytes')],
  ['response.trailers', null],
  ['comment', 5],
  ['marked', true],
  ['metadata', null],
  ['id', undefined],
  ['client', null],
  ['server', { address: ['127.0.0.1', 80] }],
  ['error', 'boom'],
  ['timestampCreated', new Date()],
  ['isReplay', true],
];

for (const ofRequest of [true, false]) {
  t.test(`values of wrong types, ${ofRequest ? 'request' : 'response'}`, async (t) => {
    for (const [name, value] of WRONG) {
      const key = name.split('.').at(-1)!;
      const flow = plainHttpFlow();
      const before = facts(flow);
      const change = set(name, value);
      t.throws(() => guardHook(change, undefined, 0, ofRequest)(flow as never), MISTAKE, name);
      t.ok(
        facts(flow).every((fact, index) => fact === before[index]),
        `${name} is restored`,
      );
      for (const seconds of [0, 60]) {
        const waiting = async (each: HttpFlow) => change(each as never);
        const pending = guardHook(waiting, undefined, seconds, ofRequest)(flow as never)!;
        t.ok(
          facts(flow).every((fact, index) => fact === before[index]),
          `${name} is restored before the hook has ended`,
        );
        await t.rejects(pending, { message: new RegExp(`\\.${key} has to be `) });
      }
      const throwing = (argument: { flow: HttpFlow }) => {
        change(argument.flow as never);
        throw new Error('its own');
      };
      t.throws(() => guardHook(throwing, undefined, 0, ofRequest)({ flow } as never), { message: 'its own' });
      t.ok(
        facts(flow).every((fact, index) => fact === before[index]),
        `${name} is restored after an error`,
      );
    }
  });
}

t.test('the server of a live request is chosen in serverConnect', async (t) => {
  const via = { scheme: 'http', address: ['127.0.0.1', 8081] };
  for (const [key, value] of [
    ['via', via],
    ['address', ['127.0.0.1', 80]],
    ['sni', 'a.example'],
    ['local', ['127.0.0.2', 0]],
  ] as const) {
    const change = set(`server.${key}`, value);
    const flow = plainHttpFlow();
    const before = flow.server[key];
    t.throws(() => guardHook(change, undefined, 0, true)(flow as never), { message: /serverConnect/ }, key);
    t.equal(flow.server[key], before, `${key} is restored`);
    t.equal(guardHook(change, undefined, 0)(flow as never), undefined);
    t.equal(flow.server[key], value, `${key} may be set for outputs`);
  }
  const read = plainHttpFlow();
  read.source = {} as never;
  t.equal(guardHook(set('server.via', via), undefined, 0, true)(read as never), undefined);
  t.equal(read.server.via, via, 'of a capture');
});

t.test('values of the right types', async (t) => {
  const flow = plainHttpFlow();
  const answer = HttpResponse.make(204);
  const hook = (each: HttpFlow) => {
    each.response = answer;
    each.response.trailers = Headers.from({ a: 'b' });
    each.comment = 'a comment';
  };
  t.equal(guardHook(hook, undefined, 0)(flow as never), undefined);
  t.equal(flow.response, answer);
});

t.test('a response can be removed before it is sent', async (t) => {
  const flow = plainHttpFlow();
  const { response } = flow;
  t.throws(() => guardHook(set('response', undefined), undefined, 0, false)(flow as never), MISTAKE);
  t.equal(flow.response, response);
  t.equal(guardHook(set('response', undefined), undefined, 0, true)(flow as never), undefined);
  t.equal(flow.response, undefined);
});

t.test('connections and messages', async (t) => {
  const table: [argument: () => Record<string, unknown>, name: string, wrong: unknown, right: unknown][] = [
    [serverData, 'server.address', '127.0.0.1:80', ['127.0.0.1', 80]],
    [serverData, 'server.address', ['127.0.0.1', '80'], ['::1', 0]],
    [serverData, 'server.address', undefined, ['a.test', 65535]],
    [serverData, 'server.via', 'http://127.0.0.1:80', { scheme: 'http', address: ['127.0.0.1', 80] }],
    [serverData, 'server.via', { scheme: 'http', address: '127.0.0.1:80' }, undefined],
    [serverData, 'server.sni', 5, ''],
    [serverData, 'server.error', new Error('no'), 'no'],
    [tlsData, 'sni', null, undefined],
    [tlsData, 'alpn', 5, 'h2'],
    [tlsData, 'alpnOffers', 'h2', ['h2']],
    [messageData, 'message.content', 'text', Buffer.from('bytes')],
  ];
  for (const [make, name, wrong, right] of table) {
    const argument = make();
    const before = JSON.stringify(argument);
    t.throws(() => guardHook(set(name, wrong), undefined, 0)(argument as never), MISTAKE, name);
    t.equal(JSON.stringify(argument), before, `${name} is restored`);
    t.equal(guardHook(set(name, right), undefined, 0)(argument as never), undefined, name);
  }
});

const serverData = () => ({ client: {}, server: { address: ['a.test', 443] } });
const tlsData = () => ({ sni: 'a.test', alpn: 'http/1.1', alpnOffers: ['http/1.1'] });
const messageData = () => ({
  flow: { metadata: {}, id: '', comment: '', marked: '' },
  message: { content: Buffer.from('a') },
});
