import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials, ServerCredentials } from '@grpc/grpc-js';
import t, { type Test } from 'tap';
import { runWarm } from '../cli/warm.js';
import { testAuthority } from '../engine/tls/support.js';
import { field } from '../protobuf/wire-bytes.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { type Messages, makeCalls } from './support/call-client.js';
import { startCallServer } from './support/call-server.js';
import { needsPython, python } from './support/python.js';
import { Recording } from './support/recording.js';

const DEFINITIONS = fileURLToPath(new URL('../../../fixtures/protobuf', import.meta.url));
const upstream = testAuthority();
const TRUSTED = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${TRUSTED}`];

const MESSAGES: Messages = {
  small: Buffer.concat([field(1, 'small'), field(2, 3)]),
  large: Buffer.concat([field(1, 'large'), field(4, Buffer.alloc(4 << 20, 7))]),
  missing: field(1, 'missing'),
  failing: field(1, 'failing'),
  never: field(1, 'never'),
};

/** What is recorded of `makeCalls`: methods and status. */
const CALLS = [
  ['Get', '0 OK'],
  ['Get', '0 OK'],
  ['Get', '5 NOT_FOUND'],
  ['Get', undefined],
  ['Get', undefined],
  ['List', '0 OK'],
  ['List', '10 ABORTED'],
  ['Upload', '0 OK'],
  ['Chat', '0 OK'],
];

/** Checks the recorded calls, and what is shown and found of them. */
async function checkCapture(t: Test, recording: Recording): Promise<void> {
  await recording.stop(t);
  const lines = await recording.read(t, 1);
  const found = [
    ...lines.matchAll(/POST \S+\/shop\.Orders\/(\w+) HTTP\/2\.0\n *<< HTTP\/2\.0 200 OK(?: grpc (\d+ \w+))? /g),
  ];
  t.same(found.map(([, name, status]) => [name, status]).sort(), [...CALLS].sort());
  const count = async (filter: string) => [...(await recording.read(t, 1, filter)).matchAll(/ << HTTP/g)].length;
  t.equal(await count('~grpc NOT_FOUND | (~grpc & ~bq small)'), 5, 'one error, and four with compressed messages');
  const shown = await runWarm([
    '-nr',
    recording.capture,
    '--flow-detail',
    '3',
    '--protobuf-definitions',
    DEFINITIONS,
    '~u Chat',
  ]);
  t.equal(String(shown.stdout).match(/id: small\n {4}count: 3\n/g)?.length, 5, 'requests by their type');
}

t.test('grpc-js through a reverse proxy without TLS', async (t) => {
  const port = await startCallServer(t);
  const recording = await Recording.start(t, { args: ['--mode', `reverse:http://127.0.0.1:${port}`] });
  const direct = await makeCalls(`127.0.0.1:${port}`, MESSAGES);
  t.same(await makeCalls(`127.0.0.1:${recording.port}`, MESSAGES), direct);
  await checkCapture(t, recording);
});

t.test('grpc-js over TLS through CONNECT', async (t) => {
  const { cert, key } = identity(upstream, ['localhost']);
  const pair = { cert_chain: Buffer.from(cert as string), private_key: Buffer.from(key as string) };
  const port = await startCallServer(t, ServerCredentials.createSsl(null, [pair]));
  const recording = await Recording.start(t, { args: TRUSTING });
  const direct = await makeCalls(`localhost:${port}`, MESSAGES, credentials.createSsl(readFileSync(TRUSTED)));
  process.env.grpc_proxy = recording.url;
  t.teardown(() => delete process.env.grpc_proxy);
  const secure = credentials.createSsl(readFileSync(recording.ca));
  t.same(await makeCalls(`localhost:${port}`, MESSAGES, secure), direct);
  await checkCapture(t, recording);
});

t.test('Python through CONNECT', needsPython('grpc'), async (t) => {
  const { cert, key } = identity(upstream, ['localhost']);
  const pair = { cert_chain: Buffer.from(cert as string), private_key: Buffer.from(key as string) };
  const port = await startCallServer(t, ServerCredentials.createSsl(null, [pair]));
  const recording = await Recording.start(t, { args: TRUSTING });
  const script = `
import grpc, json, sys
target, ca = sys.argv[1:]
raw = lambda message: message
channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(open(ca, 'rb').read()))
results = []
get = channel.unary_unary('/shop.Orders/Get', raw, raw)
answer, call = get.with_call(b'\\x0a\\x01a', metadata=(('data-bin', b'\\x00\\xff'),), compression=grpc.Compression.Gzip)
results.append([answer.hex(), dict(call.initial_metadata())['echo-bin'].hex(), dict(call.trailing_metadata())['x-trailer']])
try: get(b'\\x0a\\x07missing')
except grpc.RpcError as error: results.append([error.code().name, error.details()])
results.append([each.hex() for each in channel.unary_stream('/shop.Orders/List', raw, raw)(b'\\x0a\\x01a')])
results.append(channel.stream_unary('/shop.Orders/Upload', raw, raw)(iter([b'\\x0a\\x01a'] * 3)).hex())
results.append([each.hex() for each in channel.stream_stream('/shop.Orders/Chat', raw, raw)(iter([b'\\x0a\\x01a'] * 3))])
print(json.dumps(results))
`;
  const results = await python(script, [`localhost:${port}`, recording.ca], {
    http_proxy: recording.url,
    no_proxy: '',
    no_grpc_proxy: '',
  });
  t.same(results, [
    ['0a0161', '00ff', 'yes'],
    ['NOT_FOUND', 'no such örder'],
    Array(5).fill('0a0161'),
    '0a01610a01610a0161',
    Array(3).fill('0a0161'),
  ]);
  await recording.stop(t);
  const lines = await recording.read(t, 1, '~grpc');
  t.same(
    [...lines.matchAll(/ grpc (\d+)/g)].map(([, status]) => status),
    ['0', '5', '0', '0', '0'],
  );
});
