import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import type { HttpFlow, TcpFlow } from '../../../../src/flow/flow.js';
import { readFlows } from '../../../../src/serialize/input/reader.js';
import { policy, readAll } from '../../flows.js';
import { boundaries, EARLY, FIXTURES, fixture, fixturePath } from '../flow-files.js';

const certificate = new X509Certificate(readFileSync(join(FIXTURES, 'certificate.pem'))).raw;

t.test('each version says the same', async (t) => {
  for (let version = 7; version <= 21; version++) {
    for (const input of [fixturePath(version), [fixture(version)]]) {
      const { flows, damage } = await readAll(input);
      t.same(damage, [], `version ${version}`);
      const [full, failed] = flows as HttpFlow[];
      const { request, response, client, server } = full!;
      t.equal(request.url, 'http://address:22/caf\xe9?q=1');
      t.same([...request.headers], [['Host', 'example.com'], ['X-Odd', '\xe9'], ['x-odd', '']]); // biome-ignore format: pairs
      t.same([response!.statusCode, response!.reason], [200, 'Stra\xdfe']);
      t.equal(await response!.body.text(), 'message');
      t.equal(response!.trailers?.get('x-sum'), version >= 8 ? '1' : undefined);
      t.equal(full!.comment, version >= 14 ? 'seen ☃' : '');
      t.equal(full!.marked, version >= 14 ? ':red_circle:' : ':default:');
      t.equal(full!.isReplay, 'response');
      t.same(full!.metadata.list, [1, null, true, Buffer.from([255])]);
      t.equal((full!.metadata.mitmproxy as { intercepted: boolean }).intercepted, true);
      t.same(client.peer, ['127.0.0.1', 22]);
      t.same([client.tls!.sni, client.tls!.alpn, server.tls!.alpn], ['example.com', 'h2', 'h2']);
      t.same(server.tls!.certificates, [certificate]);
      t.same(server.peer, ['192.168.0.1', 22]);
      t.ok(failed!.error!.message);
      t.equal((flows.at(-1) as HttpFlow).response!.body.kept, false);
      const tcp = flows.find(({ type }) => type === 'tcp') as TcpFlow;
      t.equal(tcp.messages.count, 2);
    }
  }
});

t.test('early versions say the same, as far as they can', async (t) => {
  for (const version of EARLY) {
    const { flows, damage } = await readAll(join(FIXTURES, 'early', `v${version}.mitm`));
    t.same(damage, [], `version ${version}`);
    const [full] = flows as HttpFlow[];
    const { request, response, client, server } = full!;
    t.equal(request.url, 'http://address:22/caf\xe9?q=1');
    t.same([request.httpVersion, response!.httpVersion], ['HTTP/1.1', 'HTTP/1.1']);
    t.same([...request.headers], [['Host', 'example.com'], ['X-Odd', '\xe9'], ['x-odd', '']]); // biome-ignore format: pairs
    t.same([response!.statusCode, response!.reason], [200, 'Stra\xdfe']);
    t.equal(await response!.body.text(), 'message');
    t.equal(full!.marked, Number(version) >= 0.18 ? ':default:' : '');
    t.same(
      [client.peer, server.address, server.local],
      [
        ['127.0.0.1', 22],
        ['address', 22],
        ['address', 22],
      ],
    );
    t.same(server.tls!.certificates, [certificate]);
    t.same(server.peer, Number(version) >= 0.17 ? ['192.168.0.1', 22] : undefined);
    const last = (flows as HttpFlow[]).find(({ response }) => response?.body.kept === false)!;
    t.match(last.client.id, /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/);
    if (Number(version) < 5) t.equal(last.client.id, client.id, 'flows of one connection share its id');
    t.not(last.client.id, last.server.id);
  }
});

t.test('before version 12 handshake and messages become one flow', async (t) => {
  const file = fixture(9);
  const at = boundaries(file);
  const record = (index: number) => file.subarray(at[index], at[index + 1]);
  const joined = (await readAll([file])).flows[2] as HttpFlow;
  t.same([joined.response!.statusCode, joined.messages!.count, joined.websocket!.byClient], [101, 3, true]);

  const reversed = (await readAll([record(3), record(2)])).flows as HttpFlow[];
  t.equal(reversed.length, 2);
  t.same([reversed[0]!.request.host, reversed[0]!.messages!.count], ['unknown', 3], 'messages without a handshake');
  t.same([reversed[1]!.id, reversed[1]!.messages], [joined.id, undefined], 'a handshake without messages');

  const many: Buffer[] = [];
  const id = joined.id;
  for (let count = 0; count < 1500; count++) {
    many.push(
      Buffer.from(
        record(2)
          .toString('latin1')
          .replaceAll(id, `${id.slice(0, -4)}${1000 + count}`),
        'latin1',
      ),
    );
  }
  const { flows } = await readAll([...many, record(0)]);
  t.equal(flows.length, 1501);
  t.equal(flows.at(-1)!.id, `${id.slice(0, -4)}2499`, 'those that wait are given out in the end');
});

t.test('versions that cannot be read', async (t) => {
  const record = (version: string): Buffer => {
    const payload = `2:id;2:ab;4:type;4:http;7:version;${version}`;
    return Buffer.from(`${payload.length}:${payload}}`, 'latin1');
  };
  const cases: [version: string, message: RegExp][] = [
    ['2:22#', /newer mitmproxy \(flow format version 22, this tsdump reads 0\.11 to 21\): update tsdump/],
    ['9:1:0#2:10#]', /very old mitmproxy \(flow format version 0\.10,/],
    ['12:1:0#1:9#1:2#]', /very old mitmproxy \(flow format version 0\.9\.2,/],
    ['8:1:0#1:5#]', /very old mitmproxy \(flow format version 0\.5,/],
  ];
  for (const [version, message] of cases) {
    const bytes = record(version);
    const { flows, damage, summary } = await readAll([bytes, bytes, fixture(21)]);
    t.equal(flows.length, 7, 'what can be read is read');
    t.same(damage.map(({ kind, offset }) => [kind, offset]), [['version', 0]], 'reported once'); // biome-ignore format: short
    t.match(damage[0]!.message, message);
    t.equal(summary.damaged, 2);
  }
});

t.test('a stream gives a flow as soon as it is whole', async (t) => {
  const file = fixture(21);
  const [, second] = boundaries(file) as [number, number];
  const stream = new Readable({ read() {} });
  let count = 0;
  const first = new Promise<void>((resolve) => {
    const done = readFlows({ stream, name: 'pipe' }, { policy, onDamage: (one) => t.fail(one.message) }, () => {
      count++;
      resolve();
    });
    t.teardown(() => done);
  });
  stream.push(file.subarray(0, second));
  await first;
  t.equal(count, 1);
  stream.push(null);
});
