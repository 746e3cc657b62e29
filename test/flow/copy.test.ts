import { readdirSync } from 'node:fs';
import t from 'tap';
import { Body } from '../../src/flow/body/body.js';
import { EventMarks } from '../../src/flow/body/event-marks.js';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { DnsFlow, HttpFlow, releaseFlow, TcpFlow, UdpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { MessageLog } from '../../src/flow/message-log/message-log.js';

function request(): HttpRequest {
  return new HttpRequest({
    method: 'POST',
    scheme: 'http',
    host: 'a.test',
    port: 80,
    authority: '',
    path: '/x',
    httpVersion: 'HTTP/1.1',
    headers: Headers.from({ Host: 'a.test', A: '1' }),
  });
}

/** A source that says how often it was given back. */
function counted(text: string) {
  const source = {
    size: text.length,
    buffer: Buffer.from(text),
    released: 0,
    read: async function* () {
      yield Buffer.from(text);
    },
    release: () => {
      source.released++;
    },
  };
  return source;
}

t.test('a copy of a message can be changed on its own', async (t) => {
  const original = request();
  original.body.set('abc');
  original.trailers = Headers.from({ T: '1' });
  original.timestampStart = 1;
  original.timestampEnd = 2;
  const copy = original.clone();
  t.match(copy, { method: 'POST', host: 'a.test', path: '/x', timestampStart: 1, timestampEnd: 2 });
  t.equal(copy.changed, original.changed);
  copy.path = '/y';
  copy.headers.set('A', '2');
  copy.body.set('other');
  copy.trailers!.set('T', '2');
  t.equal(original.path, '/x');
  t.equal(original.headers.get('A'), '1');
  t.equal(original.trailers.get('T'), '1');
  t.equal((await original.body.bytes()).toString(), 'abc');
  t.equal((await copy.body.bytes()).toString(), 'other');
  t.equal(request().clone().changed, false, 'an unchanged message has an unchanged copy');

  const response = HttpResponse.make(404, 'gone', { B: '1' });
  const again = response.clone();
  again.statusCode = 200;
  t.match(response, { statusCode: 404, reason: 'Not Found' });
  t.equal((await again.body.bytes()).toString(), 'gone');
});

t.test('bytes are given back with the last that shares them', async (t) => {
  const source = counted('abc');
  const headers = Headers.from({});
  const body = Body.of(headers, source, 3, true);
  const copies = Array.from({ length: 1000 }, () => body.clone(headers));
  const last = copies.pop()!;
  const nested = last.clone(headers);
  body.release();
  body.release();
  for (const copy of copies) copy.release();
  for (const copy of copies) copy.release();
  last.set('changed');
  t.equal(source.released, 0);
  t.equal((await nested.bytes()).toString(), 'abc');
  nested.release();
  nested.release();
  t.equal(source.released, 1);
  last.release();
  t.equal(source.released, 1);
});

t.test('a spool file lives as long as a copy', async (t) => {
  const dir = t.testdir();
  const policy = new SpoolPolicy({ dir, memoryPerBody: 10 });
  const headers = Headers.from({});
  const body = new Body(headers);
  body.keepIn(policy);
  body.append(Buffer.from('x'.repeat(20)));
  body.complete = true;
  const copy = body.clone(headers);
  body.release();
  t.equal((await copy.bytes()).length, 20);
  copy.release();
  await t.rejects(copy.bytes());
  t.equal(policy.inMemory, 0);
  t.same(readdirSync(dir), []);
});

t.test('a copy of what is still coming has what has come', async (t) => {
  for (const memoryPerBody of [10, 1000]) {
    const policy = new SpoolPolicy({ dir: t.testdir(), memoryPerBody });
    const headers = Headers.from({});
    const body = new Body(headers);
    body.keepIn(policy);
    body.append(Buffer.from('x'.repeat(20)));
    const copy = body.clone(headers);
    body.append(Buffer.from('more'));
    t.equal((await copy.bytes()).toString(), 'x'.repeat(20));
    t.match(copy, { size: 20, complete: false });
    t.equal((await body.bytes()).length, 24);
    const log = new MessageLog();
    log.keepIn(policy);
    const message = { fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('m'.repeat(20)) };
    log.append(message);
    const messages = log.clone();
    log.append(message);
    const seen: string[] = [];
    for await (const { content } of messages) seen.push(content.toString());
    t.same(seen, [message.content.toString()]);
    for (const each of [body, copy, log, messages]) each.release();
    t.equal(policy.inMemory, 0);
  }
});

t.test('a copy of a flow', async (t) => {
  const client = new ClientConnection();
  const server = new ServerConnection();
  const policy = new SpoolPolicy();
  const flow = new HttpFlow(client, server, request(), 5);
  flow.response = HttpResponse.make(200, 'ok');
  flow.response.marks = new EventMarks();
  flow.response.marks.keepIn(policy);
  flow.response.marks.append(7, 8);
  flow.interim = [{ statusCode: 103, reason: '', headers: Headers.from({ A: '1' }), timestamp: 1 }];
  flow.error = { message: 'x', timestamp: 1 };
  flow.metadata = { a: { b: [1, Buffer.from('c')] } };
  flow.comment = 'note';
  flow.marked = ':x:';
  flow.websocket = { byClient: true, code: 1000, reason: '', timestamp: 1 };
  flow.messages = new MessageLog();
  flow.messages.keepIn(policy);
  flow.messages.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('hi') });
  flow.source = { format: 'native' };
  const copy = flow.copy();
  t.not(copy.id, flow.id);
  t.equal(copy.client, client);
  t.equal(copy.server, server);
  t.same([copy.metadata, copy.comment, copy.marked, copy.error], [flow.metadata, 'note', ':x:', flow.error]);
  t.match(copy, { timestampCreated: 5, source: undefined, killed: false, websocket: flow.websocket });
  (copy.metadata.a as { b: unknown[] }).b.push(2);
  t.equal((flow.metadata.a as { b: unknown[] }).b.length, 2);
  copy.interim![0]!.headers.set('A', '2');
  t.equal(flow.interim[0]!.headers.get('A'), '1');
  releaseFlow(flow);
  const marks: number[] = [];
  for await (const { offset, timestamp } of copy.response!.marks!) marks.push(offset, timestamp);
  t.same(marks, [7, 8]);
  t.equal((await copy.response!.body.bytes()).toString(), 'ok');
  const seen: string[] = [];
  for await (const { content } of copy.messages!) seen.push(content.toString());
  t.same(seen, ['hi']);
  releaseFlow(copy);
  t.equal(policy.inMemory, 0);

  for (const Kind of [TcpFlow, UdpFlow]) {
    const log = new MessageLog();
    log.keepIn(policy);
    log.append({ fromClient: false, opcode: 0, timestamp: 1, content: Buffer.from('x') });
    const one = new Kind(client, server, log, 1);
    const two = one.copy();
    t.equal(two.type, one.type);
    releaseFlow(one);
    t.match(two.messages, { count: 1, size: 1 });
    releaseFlow(two);
  }
  t.equal(policy.inMemory, 0);
  const message = { id: 7, questions: [{ name: 'a.test', type: 1, class: 1 }] } as never;
  const dns = new DnsFlow(client, server, message, 1);
  const twin = dns.copy();
  twin.request.questions[0]!.name = 'b.test';
  t.equal(dns.request.questions[0]!.name, 'a.test');
});
