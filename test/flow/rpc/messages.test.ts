import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { Headers } from '../../../src/flow/index.js';
import { rpcOfType } from '../../../src/flow/rpc/call.js';
import { type RpcMessage, readMessages, splitMessages } from '../../../src/flow/rpc/messages.js';
import { searchableBody } from '../../../src/flow/rpc/searchable.js';
import { frame } from '../../protobuf/wire-bytes.js';
import { Random } from '../../support/random.js';

const GRPC = rpcOfType('application/grpc')!;

function texts(body: Buffer, encoding = 'identity', limit?: number): string[] {
  return Array.from(splitMessages(body, GRPC, encoding, limit), shown);
}

function shown({ content, problem }: RpcMessage): string {
  return problem === undefined ? content.toString() : `(${problem})`;
}

t.test('media types', async (t) => {
  const table: [type: string, protocol: string | undefined, codec?: string][] = [
    ['application/grpc', 'grpc', 'proto'],
    ['Application/gRPC+Proto', 'grpc', 'proto'],
    ['application/grpc+json; charset=utf-8', 'grpc', 'json'],
    ['application/grpc-web', 'grpc-web', 'proto'],
    ['application/grpc-web-text+thrift', 'grpc-web', 'thrift'],
    ['application/connect+proto', 'connect', 'proto'],
    ['application/connect+json', 'connect', 'json'],
    ['application/proto', 'connect', 'proto'],
    ['application/grpcx', undefined],
    ['application/connect', undefined],
    ['application/proto+x', undefined],
    ['application/protobuf', undefined],
    ['application/json', undefined],
    ['', undefined],
  ];
  for (const [type, protocol, codec] of table) {
    const rpc = rpcOfType(type);
    t.same([rpc?.protocol, rpc?.codec], [protocol, codec], type);
  }
});

t.test('messages of a body', async (t) => {
  const two = Buffer.concat([frame('one'), frame(''), frame('two')]);
  const table: [body: Buffer, encoding: string, messages: string[], limit?: number][] = [
    [Buffer.alloc(0), 'identity', []],
    [two, 'identity', ['one', '', 'two']],
    [two.subarray(0, -1), 'identity', ['one', '', '(incomplete: 2 of 3 bytes)']],
    [two.subarray(0, -3), 'identity', ['one', '', '(incomplete: 0 of 3 bytes)']],
    [two.subarray(0, -5), 'identity', ['one', '', '(incomplete: only a part of the prefix)']],
    [frame(gzipSync('abc'), 1), 'gzip', ['abc']],
    [frame(deflateSync('abc'), 1), 'deflate', ['abc']],
    [frame(deflateRawSync('abc'), 1), 'deflate', ['abc']],
    [frame('abc', 0), 'gzip', ['abc']],
    [frame('abc', 1), 'identity', ['abc']],
    [frame('abc', 1), 'gzip', ['(not valid gzip)']],
    [frame('abc', 1), 'snappy', ['(a compression that is not supported)']],
    [frame(gzipSync(Buffer.alloc(100_000)), 1), 'gzip', ['(longer than 1000 bytes when decompressed)'], 1000],
    [Buffer.concat([frame('x'.repeat(2000)), frame('y')]), 'gzip', ['(longer than 1000 bytes)', 'y'], 1000],
    [frame('abc', 0, 0xffff_ffff), 'identity', ['(incomplete: 3 of 4294967295 bytes)']],
  ];
  for (const [body, encoding, messages, limit] of table) {
    t.same(texts(body, encoding, limit), messages, body.toString('latin1').slice(0, 40));
  }
});

t.test('any cuts into chunks give the same messages', async (t) => {
  const random = new Random(7);
  const contents = Array.from({ length: 20 }, (_, at) => Buffer.alloc(random.below(40), 65 + at));
  const body = Buffer.concat(contents.map((content) => frame(content)));
  const text = Buffer.from(contents.map((content) => frame(content).toString('base64')).join(''));
  for (let round = 0; round < 60; round++) {
    for (const [bytes, rpc] of [
      [body, GRPC],
      [text, rpcOfType('application/grpc-web-text')!],
    ] as const) {
      const found: Buffer[] = [];
      for await (const { content } of readMessages(cuts(bytes, random), rpc, 'identity')) found.push(content);
      t.same(Buffer.concat(found), Buffer.concat(contents));
      t.equal(found.length, contents.length);
    }
  }
});

async function* cuts(bytes: Buffer, random: Random): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(30);
    yield bytes.subarray(at, end);
    at = end;
  }
}

t.test('what filters search', async (t) => {
  const gzip = { 'content-type': 'application/grpc', 'grpc-encoding': 'gzip' };
  const table: [body: Buffer, headers: Record<string, string>, searched: Buffer, limit?: number][] = [
    [frame(gzipSync('abc'), 1), gzip, frame('abc')],
    [frame('abc', 1), gzip, frame('abc', 1)],
    [Buffer.from('plain'), gzip, Buffer.from('plain')],
    [frame(gzipSync('abc'), 1), { 'content-type': 'text/plain' }, frame(gzipSync('abc'), 1)],
    [Buffer.from(frame('abc').toString('base64')), { 'content-type': 'application/grpc-web-text' }, frame('abc')],
    [frame(gzipSync('abcdef'), 1), gzip, frame('abcdef').subarray(0, 8), 8],
  ];
  for (const [body, headers, searched, limit = 1000] of table) {
    const found = searchableBody(body, Headers.from(headers), limit);
    t.ok(found.equals(searched) || limit < 1000, body.toString('hex'));
    t.ok(found.length <= limit);
  }
});

t.test('random bytes', async (t) => {
  const random = new Random(3);
  for (let round = 0; round < 2000; round++) {
    const body = random.bytes(random.below(60));
    for (const type of ['application/grpc', 'application/grpc-web-text', 'application/connect+proto']) {
      const messages = [...splitMessages(body, rpcOfType(type)!, 'gzip', 1000)];
      if (messages.some(({ content }) => content.length > 1000)) t.fail(body.toString('hex'));
    }
  }
});
