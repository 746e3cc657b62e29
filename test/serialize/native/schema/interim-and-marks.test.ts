import t from 'tap';
import { EventMarks } from '../../../../src/flow/body/event-marks.js';
import type { HttpFlow } from '../../../../src/flow/flow.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { describeFlow, policy, readAll, toBytes } from '../../flows.js';
import { plainHttpFlow } from '../../sample-flows.js';
import { joinRecord, splitRecords } from '../records.js';

function streamFlow(count = 3): HttpFlow {
  const flow = plainHttpFlow('/events', 'data: a\n\ndata: b\n\n');
  const marks = new EventMarks();
  marks.keepIn(policy);
  for (let at = 0; at < count; at++) marks.append(at * 9, 1_700_000_000 + at / 8);
  flow.response!.marks = marks;
  return flow;
}

async function readOne(bytes: Buffer): Promise<HttpFlow> {
  const { flows, damage } = await readAll([bytes]);
  if (damage.length > 0) throw new Error(damage[0]!.message);
  return flows[0] as HttpFlow;
}

t.test('marks and interim responses go through', async (t) => {
  for (const compress of [undefined, 'gzip'] as const) {
    for (const count of [1, 3, 10_000]) {
      const flow = streamFlow(count);
      flow.interim = [{ statusCode: 103, reason: 'Early Hints', headers: Headers.from({ Link: '<a>' }), timestamp: 5 }];
      const expected = await describeFlow(flow);
      const bytes = await toBytes([flow], compress);
      const read = await readOne(bytes);
      t.strictSame(await describeFlow(read), expected, `${count} marks`);
      t.ok((await toBytes([read])).equals(bytes), 'copied as bytes');
      read.comment = 'changed';
      const changed = await readOne(await toBytes([read]));
      t.strictSame(await describeFlow(changed), { ...(expected as object), comment: 'changed' });
    }
  }
});

t.test('their form in the record', async (t) => {
  const flow = streamFlow();
  flow.response = undefined;
  flow.interim = [{ statusCode: 100, reason: 'Continue', headers: new Headers(), timestamp: 5 }];
  const [{ metadata }] = splitRecords(await toBytes([flow])) as [ReturnType<typeof splitRecords>[0]];
  t.strictSame(metadata.interim, [{ status: 100, reason: 'Continue', headers: Buffer.alloc(0), timestamp: 5 }]);
  const [record] = splitRecords(await toBytes([streamFlow(2)]));
  const listed = record!.metadata.bodies!.find(({ kind }) => kind === 'marks')!;
  t.match(listed, { length: 32, size: 32, count: 2, complete: true });
  const marks = record!.bodies.subarray(-32);
  t.same([marks.readBigUInt64LE(16), marks.readDoubleLE(24)], [9n, 1_700_000_000.125]);
});

t.test('marks of a body that was replaced are left out', async (t) => {
  const flow = await readOne(await toBytes([streamFlow()]));
  flow.response!.body.set('other');
  t.equal((await readOne(await toBytes([flow]))).response!.marks, undefined);
});

t.test('marks that were not kept are counted', async (t) => {
  const { flows } = await readAll([await toBytes([streamFlow()])], { wantsBodies: () => false });
  const flow = await readOne(await toBytes(flows));
  t.same([flow.response!.marks!.count, flow.response!.marks!.stored], [3, undefined]);
});

t.test('a full HTTP flow of a WebSocket has more than fifteen keys', async (t) => {
  const flow = streamFlow();
  flow.interim = [{ statusCode: 103, reason: '', headers: new Headers(), timestamp: 5 }];
  flow.websocket = { byClient: true, code: 1000, reason: '', timestamp: 6 };
  flow.error = { message: 'broken', timestamp: 7 };
  Object.assign(flow, { isReplay: 'request', metadata: { fact: 1 }, comment: 'c', marked: 'm' });
  const bytes = await toBytes([flow]);
  t.equal(Object.keys(splitRecords(bytes)[0]!.metadata).length, 16);
  t.strictSame(await describeFlow(await readOne(bytes)), await describeFlow(flow));
});

t.test('an interim response without a status is damage', async (t) => {
  const flow = streamFlow();
  flow.interim = [{ statusCode: 103, reason: '', headers: new Headers(), timestamp: 5 }];
  for (const key of ['status', 'headers']) {
    const [record] = splitRecords(await toBytes([flow]));
    delete (record!.metadata.interim as Record<string, unknown>[])[0]![key];
    const { damage } = await readAll([joinRecord(record!)]);
    t.match(damage, [{ kind: 'metadata', message: new RegExp(`${key} is not present`) }], key);
  }
});
