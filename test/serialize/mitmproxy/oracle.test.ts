import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import type { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { testAuthority } from '../../engine/tls/support.js';
import { MITMPROXY, PYTHON } from '../../support/mitmproxy.js';
import { rounds } from '../../support/rounds.js';
import { readAll, toBytes } from '../flows.js';
import { plainHttpFlow, sampleFlows } from '../sample-flows.js';
import { EARLY, FIXTURES, fixturePath, toMitmproxy } from './flow-files.js';

/** mitmproxy itself, version 11 or newer, reads what is written here and writes what is read here. */
const SCRIPT = join(import.meta.dirname, '../../../../test/serialize/mitmproxy/flow_states.py');

const folder = t.testdir({});

type State = Record<string, unknown>;

function runScript(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT, ...args], { encoding: 'utf8', maxBuffer: 1 << 29 });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function describe(...paths: string[]): State[][] {
  return JSON.parse(runScript('describe', ...paths)) as State[][];
}

function write(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A file of mitmproxy, and what became of it. */
interface Encoded {
  name: string;
  version: number;
  /** The file itself, its flows encoded again, and the same by way of a native file. */
  paths: [original: string, direct: string, detour: string];
}

/** Encodes the flows of a file again. */
async function encode(t: Test, path: string, name: string, version = 21): Promise<Encoded> {
  const { flows, damage } = await readAll(path);
  t.same(damage, [], name);
  const { flows: native } = await readAll([await toBytes(flows)]);
  const direct = write(`${name}.direct`, await toMitmproxy(flows));
  const detour = write(`${name}.detour`, await toMitmproxy(native));
  return { name, version, paths: [path, direct, detour] };
}

/** Compares what mitmproxy reads from all of them, in one run of it. @returns the number of flows in each */
function compare(t: Test, all: readonly Encoded[]): number[] {
  const states = describe(...all.flatMap(({ paths }) => paths));
  return all.map(({ name, version, paths }, at) => {
    const [expected, ...read] = states.slice(at * paths.length, (at + 1) * paths.length) as [State[], State[], State[]];
    const wanted = withoutBackup(version < 12 ? withoutDuplicates(expected) : expected);
    const known = version < 5 ? withoutConnectionIds : (states: State[]) => states;
    for (const found of read) t.strictSame(known(found), known(wanted), name);
    return expected.length;
  });
}

/** Of files before version 12 mitmproxy gives out a handshake, and then the whole flow again. */
function withoutDuplicates(states: State[]): State[] {
  const isDuplicate = ({ metadata }: State) => 'duplicated' in (metadata as State);
  const whole = new Map(states.filter(isDuplicate).map((state) => [state.id, state.websocket]));
  const wanted = states.filter((state) => !isDuplicate(state));
  return wanted.map((state) => (whole.has(state.id) ? { ...state, websocket: whole.get(state.id) } : state));
}

/** Connections have no ids before version 5. */
function withoutConnectionIds(states: State[]): State[] {
  const withoutId = (connection: unknown) => ({ ...(connection as State), id: '' });
  return states.map((state) => {
    const { client_conn, server_conn } = state;
    return { ...state, client_conn: withoutId(client_conn), server_conn: withoutId(server_conn) };
  });
}

function withoutBackup(states: State[]): State[] {
  return states.map((state) => ({ ...state, backup: null }));
}

t.test('random flows of mitmproxy', MITMPROXY, async (t) => {
  const path = join(folder, 'random');
  const count = rounds(60, 150);
  runScript('make', path, '1', String(count));
  t.same(compare(t, [await encode(t, path, 'random')]), [count]);
});

t.test('files of every version are read as mitmproxy reads them', MITMPROXY, async (t) => {
  const all: Encoded[] = [];
  for (let version = 7; version <= 21; version++) {
    all.push(await encode(t, fixturePath(version), `version ${version}`, version));
  }
  for (const [at, count] of compare(t, all).entries()) t.ok(count >= 5, all[at]!.name);
});

t.test('files of early versions are read as mitmproxy reads them', MITMPROXY, async (t) => {
  const all: Encoded[] = [];
  for (const version of EARLY) {
    all.push(await encode(t, join(FIXTURES, 'early', `v${version}.mitm`), `version ${version}`, Number(version)));
  }
  for (const [at, count] of compare(t, all).entries()) t.ok(count >= 2, all[at]!.name);
});

t.test('flows of tsdump', MITMPROXY, async (t) => {
  const der = [new X509Certificate(testAuthority().certificatePem).raw];
  const flows = sampleFlows();
  for (const { client, server } of flows) {
    for (const { tls } of [client, server]) if (tls) tls.certificates = der;
  }
  flows.push(Object.assign(plainHttpFlow('/mode'), {}));
  flows.at(-1)!.client.mode = 'no such mode';
  const expected = await Promise.all(flows.map(stateOf));
  const [read] = describe(write('own.mitm', await toMitmproxy(flows)));
  t.equal(read!.length, flows.length);
  for (const [at, state] of read!.entries()) t.match(state, expected[at]!, `flow ${at}, ${flows[at]!.type}`);
});

/** What mitmproxy has to say of a flow, from the flow itself. */
async function stateOf(flow: Flow): Promise<State> {
  const { client, server, error } = flow;
  const ends = (connection: typeof client | typeof server) => ({
    id: connection.id,
    peername: connection.peer ?? (connection === client ? ['', 0] : null),
    sockname: connection.local ?? (connection === client ? ['', 0] : null),
    transport_protocol: connection.transport,
    error: connection.error ?? null,
    timestamp_end: connection.timestampEnd ?? null,
    tls: connection.tls !== undefined,
    tls_version: connection.tls?.version ?? null,
    cipher: connection.tls?.cipher ?? null,
    sni: connection.tls?.sni ?? null,
    alpn: connection.tls?.alpn === undefined ? null : bytes(connection.tls.alpn),
    alpn_offers: (connection.tls?.alpnOffers ?? []).map(bytes),
    certificate_list: (connection.tls?.certificates ?? []).map((der) => bytes(new X509Certificate(der).toString())),
    cipher_list: connection.tls
      ? connection.tls.cipherOffers.map((_number, at) => (at === 0 ? 'TLS_AES_128_GCM_SHA256' : /^[-\w]+$/))
      : [],
    timestamp_tls_setup: connection.tls?.timestampSetup ?? null,
  });
  const shared = {
    version: 21,
    type: flow.type,
    id: flow.id,
    error: error ? { msg: error.message, timestamp: error.timestamp } : null,
    client_conn: {
      ...ends(client),
      timestamp_start: client.timestampStart,
      proxy_mode: client.mode === 'no such mode' ? 'regular' : client.mode,
    },
    server_conn: {
      ...ends(server),
      timestamp_start: server.timestampStart || null,
      address: server.address ?? null,
      timestamp_tcp_setup: server.timestampTcpSetup ?? null,
    },
    intercepted: false,
    is_replay: flow.isReplay ?? null,
    marked: flow.marked,
    comment: flow.comment,
    timestamp_created: flow.timestampCreated,
  };
  if (flow.type === 'dns') return { ...shared, response: flow.response ? {} : null };
  if (flow.type !== 'http') return { ...shared, messages: await messagesOf(flow.messages) };
  const { request, response, websocket } = flow;
  return {
    ...shared,
    request: {
      ...(await messageOf(request)),
      method: bytes(request.method),
      scheme: bytes(request.scheme),
      authority: bytes(request.authority),
      path: bytes(request.path),
      host: request.host,
      port: request.port,
    },
    response: response
      ? { ...(await messageOf(response)), status_code: response.statusCode, reason: bytes(response.reason) }
      : null,
    websocket: websocket
      ? {
          messages: (await messagesOf(flow.messages!)).length > 0 ? Array : [],
          closed_by_client: websocket.byClient ?? null,
          close_code: websocket.code ?? null,
          close_reason: websocket.reason ?? null,
          timestamp_end: websocket.timestamp ?? null,
        }
      : null,
  };
}

async function messageOf(message: HttpFlow['request'] | NonNullable<HttpFlow['response']>): Promise<State> {
  const { body, trailers } = message;
  return {
    http_version: bytes(message.httpVersion),
    headers: [...message.headers].map((field) => field.map(bytes)),
    trailers: trailers ? [...trailers].map((field) => field.map(bytes)) : null,
    content: body.size > 0 || body.complete ? { hex: (await body.rawBytes()).toString('hex') } : null,
    timestamp_start: message.timestampStart,
    timestamp_end: message.timestampEnd ?? null,
  };
}

async function messagesOf(log: MessageLog): Promise<unknown[]> {
  const messages: unknown[] = [];
  for await (const { fromClient, content, timestamp } of log) {
    messages.push([fromClient, { hex: content.toString('hex') }, timestamp]);
  }
  return messages;
}

function bytes(text: string): { hex: string } {
  return { hex: Buffer.from(text, 'latin1').toString('hex') };
}
