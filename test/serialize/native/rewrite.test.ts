import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { DnsFlow, Flow, HttpFlow, TcpFlow } from '../../../src/flow/flow.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { describeFlow, readAll, toBytes } from '../flows.js';
import { fullHttpFlow, newTls, plainHttpFlow, sampleFlows, tcpFlow } from '../sample-flows.js';
import { joinRecord, splitRecords } from './records.js';

/** What an addon may do to a flow that was read from a file. */
const HTTP_CHANGES: [name: string, change: (flow: HttpFlow) => void][] = [
  [
    'id',
    (flow) => {
      flow.id = '0';
    },
  ],
  [
    'comment',
    (flow) => {
      flow.comment = 'new';
    },
  ],
  [
    'no comment',
    (flow) => {
      flow.comment = '';
    },
  ],
  [
    'marked',
    (flow) => {
      flow.marked = 'x';
    },
  ],
  [
    'metadata: a new fact',
    (flow) => {
      flow.metadata.more = 1;
    },
  ],
  [
    'metadata: inside a fact',
    (flow) => {
      (flow.metadata.list as number[]).push(5);
    },
  ],
  [
    'metadata: none',
    (flow) => {
      flow.metadata = {};
    },
  ],
  [
    'no error',
    (flow) => {
      flow.error = undefined;
    },
  ],
  [
    'error',
    (flow) => {
      flow.error!.message += '!';
    },
  ],
  [
    'isReplay',
    (flow) => {
      flow.isReplay = 'request';
    },
  ],
  [
    'created',
    (flow) => {
      flow.timestampCreated += 1;
    },
  ],
  [
    'client address',
    (flow) => {
      flow.client.peer = ['0.0.0.0', 0];
    },
  ],
  [
    'no client address',
    (flow) => {
      flow.client.peer = undefined;
    },
  ],
  [
    'client mode',
    (flow) => {
      flow.client.mode = 'socks5';
    },
  ],
  [
    'server address',
    (flow) => {
      flow.server.address = ['other', 1];
    },
  ],
  [
    'server error',
    (flow) => {
      flow.server.error = undefined;
    },
  ],
  [
    'no TLS',
    (flow) => {
      flow.server.tls = undefined;
    },
  ],
  [
    'SNI',
    (flow) => {
      flow.server.tls!.sni = undefined;
    },
  ],
  [
    'certificates',
    (flow) => {
      flow.server.tls!.certificates = newTls('other').certificates;
    },
  ],
  [
    'no certificates',
    (flow) => {
      flow.server.tls!.certificates = [];
    },
  ],
  [
    'method',
    (flow) => {
      flow.request.method = 'PUT';
    },
  ],
  [
    'path',
    (flow) => {
      flow.request.path = '/other';
    },
  ],
  ['request header', (flow) => flow.request.headers.set('X-New', '1')],
  ['request trailer', (flow) => flow.request.trailers!.append('X-New', '1')],
  [
    'no request trailers',
    (flow) => {
      flow.request.trailers = undefined;
    },
  ],
  ['request body', (flow) => flow.request.body.set('new')],
  ['request body: empty', (flow) => flow.request.body.set('')],
  [
    'status',
    (flow) => {
      flow.response!.statusCode = 404;
    },
  ],
  [
    'time',
    (flow) => {
      flow.response!.timestampEnd! += 1;
    },
  ],
  ['response body', (flow) => flow.response!.body.set(Buffer.alloc(100_000, 'x'))],
  [
    'response',
    (flow) => {
      flow.response = HttpResponse.make(204);
    },
  ],
  ['interim header', (flow) => flow.interim![0]!.headers.set('X-New', '1')],
  ['one interim response', (flow) => void flow.interim!.pop()],
  [
    'no interim responses',
    (flow) => {
      flow.interim = undefined;
    },
  ],
  [
    'no response',
    (flow) => {
      flow.response = undefined;
    },
  ],
  [
    'messages',
    (flow) => {
      flow.messages = new MessageLog();
    },
  ],
  [
    'websocket',
    (flow) => {
      flow.websocket = { byClient: true, code: 1, reason: '', timestamp: 2 };
    },
  ],
];

async function readOne<Kind extends Flow>(bytes: Buffer): Promise<Kind> {
  return (await readAll([bytes])).flows[0] as Kind;
}

t.test('each change to an HTTP flow is written', async (t) => {
  const bytes = await toBytes([fullHttpFlow()]);
  for (const [name, change] of HTTP_CHANGES) {
    const flow = await readOne<HttpFlow>(bytes);
    change(flow);
    const expected = await describeFlow(flow);
    const written = await toBytes([flow]);
    t.notOk(written.equals(bytes), `${name}: it is another record`);
    t.strictSame(await describeFlow(await readOne(written)), expected, name);
  }
});

t.test('each change to a DNS flow is written', async (t) => {
  const [original] = sampleFlows().filter(({ type }) => type === 'dns');
  const bytes = await toBytes([original!]);
  const changes: [name: string, change: (flow: DnsFlow) => void][] = [
    [
      'id',
      ({ request }) => {
        request.id = 1;
      },
    ],
    [
      'question',
      ({ request }) => {
        request.questions[0]!.name = 'other';
      },
    ],
    ['answers', ({ response }) => void response!.answers.pop()],
    [
      'no answers',
      ({ response }) => {
        response!.answers = [];
      },
    ],
    [
      'no response',
      (flow) => {
        flow.response = undefined;
      },
    ],
  ];
  for (const [name, change] of changes) {
    const flow = await readOne<DnsFlow>(bytes);
    change(flow);
    const expected = await describeFlow(flow);
    t.strictSame(await describeFlow(await readOne(await toBytes([flow]))), expected, name);
  }
});

t.test('an unchanged flow is copied as bytes, whichever program wrote it', async (t) => {
  for (const record of splitRecords(await toBytes(sampleFlows()))) {
    const sound = joinRecord(record);
    for (const [name, metadata] of [
      ['as written', record.metadata],
      ['keys in another order', reversed(record.metadata)],
      ['unknown keys', withUnknownKeys(record.metadata)],
    ] as const) {
      const bytes = joinRecord({ ...record, metadata });
      const { flows, damage } = await readAll([bytes]);
      t.same(damage, [], name);
      t.ok((await toBytes(flows)).equals(bytes), `${record.metadata.type}: ${name}`);
      t.strictSame(await describeFlow(flows[0]!), await describeFlow(await readOne(sound)), name);
    }
  }
});

t.test('a flow that no addon could change is copied as bytes without being compared', async (t) => {
  const bytes = await toBytes(sampleFlows());
  const { flows } = await readAll([bytes]);
  for (const flow of flows) {
    flow.source!.untouched = true;
    flow.comment = 'not looked at';
  }
  t.ok((await toBytes(flows)).equals(bytes));
});

t.test('unknown keys and bodies are kept when a flow is changed', async (t) => {
  for (const { metadata, ...record } of splitRecords(await toBytes(sampleFlows()))) {
    const extended = withUnknownKeys(metadata) as { bodies: unknown[] };
    const added = { kind: 'capture', length: 5, crc: 0x3610a686, complete: true, size: 9, unit: 'packets' };
    extended.bodies = [...(metadata.bodies ?? []).map((body) => withUnknownKeys(body)), added];
    const bytes = joinRecord({
      ...record,
      metadata: extended,
      bodies: Buffer.concat([record.bodies, Buffer.from('hello')]),
    });
    const flow = await readOne(bytes);
    flow.comment = 'changed';
    const [written] = splitRecords(await toBytes([flow]));
    t.strictSame(sorted(written!.metadata), sorted({ ...extended, comment: 'changed' }), metadata.type);
    t.ok(written!.bodies.equals(Buffer.concat([record.bodies, Buffer.from('hello')])), `${metadata.type}: bodies`);
    t.notOk(written!.writer.equals(record.writer));
  }
});

t.test('forty unknown keys at each level are kept', async (t) => {
  for (const record of splitRecords(await toBytes(sampleFlows()))) {
    const metadata = withUnknownKeys(record.metadata, 40);
    const bytes = joinRecord({ ...record, metadata });
    const flow = await readOne(bytes);
    t.ok((await toBytes([flow])).equals(bytes), `${record.metadata.type}: copied as bytes`);
    flow.comment = 'changed';
    const [written] = splitRecords(await toBytes([flow]));
    t.strictSame(
      sorted(written!.metadata),
      sorted({ ...(metadata as object), comment: 'changed' }),
      record.metadata.type,
    );
  }
});

t.test('keys of another type of flow are kept as unknown ones', async (t) => {
  const [record] = splitRecords(await toBytes([tcpFlow()]));
  const metadata = { ...record!.metadata, request: { method: 'GET' }, websocket: 'text', interim: 7 };
  const flow = await readOne(joinRecord({ ...record!, metadata }));
  flow.comment = 'changed';
  const [written] = splitRecords(await toBytes([flow]));
  t.strictSame(sorted(written!.metadata), sorted({ ...metadata, comment: 'changed' }));
});

t.test('removed data stays removed', async (t) => {
  const [{ metadata, ...record }] = splitRecords(await toBytes([fullHttpFlow()])) as [
    ReturnType<typeof splitRecords>[0],
  ];
  const flow = await readOne<HttpFlow>(joinRecord({ ...record, metadata: withUnknownKeys(metadata) }));
  flow.response = undefined;
  flow.error = undefined;
  flow.client.timestampEnd = undefined;
  const [written] = splitRecords(await toBytes([flow]));
  const { response, error, client } = written!.metadata;
  t.same([response, error, client.end, client.future], [undefined, undefined, undefined, { a: [1] }]);
});

t.test('bodies that were not taken out of a stream are written as not kept', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/', 'abc'), tcpFlow()]);
  const { flows } = await readAll([bytes], { wantsBodies: () => false });
  const { flows: read, damage } = await readAll([await toBytes(flows)]);
  t.same(damage, []);
  const { body } = (read[0] as HttpFlow).response!;
  t.same([body.kept, body.size, body.complete], [false, 3, true]);
  const { messages } = read[1] as TcpFlow;
  t.same([messages.stored, messages.count, messages.size], [undefined, 1, 6]);
});

t.test('a damaged body stays damaged when it is copied', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/', 'abc')]);
  bytes[bytes.length - 1]! ^= 1;
  const path = join(t.testdir({}), 'damaged');
  writeFileSync(path, bytes);
  for (const input of [path, [bytes]]) {
    for (const comment of ['', 'changed']) {
      const { flows, damage } = await readAll(input);
      flows[0]!.comment = comment;
      const again = await readAll([await toBytes(flows)]);
      t.same(
        [...damage, ...again.damage].map(({ kind }) => kind),
        ['body', 'body'],
      );
    }
  }
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

/** Adds keys at each level. */
function withUnknownKeys(value: unknown, count = 2): unknown {
  if (Array.isArray(value)) return value.map((item) => withUnknownKeys(item, count));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'metadata' ? inner : withUnknownKeys(inner, count),
  ]);
  const more = Array.from({ length: count - 2 }, (_, at) => [`x-${at}`, at]);
  return Object.fromEntries([['future', { a: [1] }], ...entries, ['x-bytes', Buffer.of(1, 2)], ...more]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
