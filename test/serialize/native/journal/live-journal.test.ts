import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Flow, type HttpFlow, releaseFlow, type TcpFlow } from '../../../../src/flow/flow.js';
import { unsavedFlows } from '../../../../src/serialize/input/reader.js';
import { LiveJournal, type LiveJournalOptions } from '../../../../src/serialize/native/journal/live-journal.js';
import { sideFiles } from '../../../../src/serialize/native/journal/live-path.js';
import { INCOMPLETE } from '../../../../src/serialize/native/journal/live-reader.js';
import { policy, readAll, toBytes } from '../../flows.js';
import { fullHttpFlow, plainHttpFlow, tcpFlow, upgradedFlow } from '../../sample-flows.js';

const folder = t.testdir({});
let files = 0;

/** A path for a capture, and a journal beside it. */
function newJournal(t: Test, options?: LiveJournalOptions): { capture: string; journal: LiveJournal } {
  const capture = join(folder, `capture-${files++}`);
  const journal = new LiveJournal(`${capture}.live`, options);
  t.teardown(() => journal.close());
  return { capture, journal };
}

/** A request whose response has yet to end. */
function openFlow(path: string, sofar: string): HttpFlow {
  const flow = plainHttpFlow(path, sofar);
  flow.response!.body.complete = false;
  flow.response!.timestampEnd = undefined;
  return flow;
}

async function messagesOf(flow: Flow): Promise<string[]> {
  const found: string[] = [];
  if (flow.type === 'dns') return found;
  for await (const { content } of flow.messages ?? []) found.push(content.toString('latin1'));
  return found;
}

async function bodyOf(flow: Flow | undefined): Promise<string> {
  return String(await (flow as HttpFlow).response!.body.rawBytes());
}

t.test('flows in progress are in the journal', async (t) => {
  const { capture, journal } = newJournal(t);
  writeFileSync(capture, await toBytes([plainHttpFlow('/ended')]));
  const stream = openFlow('/stream', 'one ');
  const tcp = tcpFlow();
  const socket = upgradedFlow();
  await journal.update([stream, tcp, socket], []);
  stream.response!.body.append(Buffer.from('two '));
  tcp.messages.append({ fromClient: false, opcode: 0, timestamp: 2, content: Buffer.from('250 OK\r\n') });
  await journal.update([stream, tcp, socket], []);
  stream.response!.body.append(Buffer.from('three'));

  const { flows, summary, damage } = await readAll(capture);
  t.same(damage, []);
  t.equal(summary.flows, 4);
  t.equal(summary.incomplete, 3);
  t.match(flows[0], { error: undefined });
  t.equal(await bodyOf(flows[1]), 'one two ');
  t.match(flows[1], { id: stream.id, error: { message: INCOMPLETE }, response: { body: { complete: false } } });
  t.ok(flows[1]!.error!.timestamp > 1_700_000_000);
  t.equal((flows[1] as HttpFlow).request.body.complete, true);
  t.same(await messagesOf(flows[2]!), ['EHLO\r\n', '250 OK\r\n']);
  t.match((flows[2] as TcpFlow).messages, { count: 2, size: 14 });
  t.same(await messagesOf(flows[3]!), ['hi', '', '\xff']);
  t.match(flows[3], { websocket: { code: 1000 } });

  const alone = await readAll(`${capture}.live`);
  t.same(alone.summary, { flows: 3, incomplete: 3, recovered: 0, unknown: 0, damaged: 0 }, 'the journal by itself');
});

t.test('an empty journal is not a file, and a used one is removed', async (t) => {
  const { capture, journal } = newJournal(t);
  await journal.update([], []);
  t.notOk(existsSync(`${capture}.live`));
  const flow = tcpFlow();
  await journal.update([flow], []);
  t.ok(existsSync(`${capture}.live`));
  t.equal(statSync(`${capture}.live`).mode & 0o777, 0o600);
  await journal.update([], []);
  t.ok(existsSync(`${capture}.live`), 'until it is said that the flow is in the capture');
  await journal.update([], [flow.id]);
  t.notOk(existsSync(`${capture}.live`));
  await journal.update([flow], []);
  await journal.remove();
  t.notOk(existsSync(`${capture}.live`));
});

t.test('a flow that has ended is not in it any more', async (t) => {
  const { capture, journal } = newJournal(t);
  writeFileSync(capture, '');
  const ended = tcpFlow();
  const living = openFlow('/living', 'x');
  await journal.update([ended, living], []);
  await journal.update([living], [ended.id]);
  await journal.close();
  const { flows } = await readAll(capture);
  t.same(
    flows.map(({ id }) => id),
    [living.id],
  );
});

t.test('a flow of both is given once, as the capture has it', async (t) => {
  const { capture, journal } = newJournal(t);
  const flow = tcpFlow();
  const other = tcpFlow();
  await journal.update([flow, other], []);
  await journal.close();
  writeFileSync(capture, await toBytes([flow]));
  const { flows } = await readAll(capture);
  t.same(
    flows.map(({ id, error }) => [id, error?.message]),
    [
      [flow.id, undefined],
      [other.id, INCOMPLETE],
    ],
  );
  const left: string[] = [];
  const beside = await unsavedFlows(capture, sideFiles(capture)!, policy);
  await beside.passOn(({ id }) => void left.push(id));
  t.same(left, [other.id], 'and what only the journal has can be had by itself');
});

t.test('later facts replace earlier ones', async (t) => {
  const { capture, journal } = newJournal(t);
  writeFileSync(capture, '');
  const flow = openFlow('/later', 'body');
  const { response } = flow;
  flow.response = undefined;
  flow.request.body.complete = false;
  await journal.update([flow], []);
  flow.response = response;
  flow.request.body.complete = true;
  await journal.update([flow], []);
  const { flows } = await readAll(capture);
  t.match(flows, [{ request: { body: { complete: true } }, response: { statusCode: 200 } }]);
  t.equal(await bodyOf(flows[0]), 'body');
});

t.test('a body may have a limit, others go to the disk in pieces', async (t) => {
  const { capture, journal } = newJournal(t, {
    bodyLimit: (_flow, kind) => (kind === 'messages' ? Number.POSITIVE_INFINITY : 5),
  });
  writeFileSync(capture, '');
  const flow = openFlow('/large', 'abc');
  await journal.update([flow], []);
  flow.response!.body.append(Buffer.from('defghi'));
  const tcp = tcpFlow();
  const large = Buffer.alloc(3_500_000, 'x');
  tcp.messages.append({ fromClient: true, opcode: 0, timestamp: 3, content: large });
  await journal.update([flow, tcp], []);
  const { flows } = await readAll(capture);
  t.equal(await bodyOf(flows[0]), 'abcde');
  t.match((flows[0] as HttpFlow).response!.body, { size: 5, complete: false });
  t.equal((await messagesOf(flows[1]!))[1]?.length, large.length);
});

t.test('much that is over is left out when the journal is written anew', async (t) => {
  const { capture, journal } = newJournal(t, { deadLimit: 10_000 });
  writeFileSync(capture, '');
  const living = openFlow('/living', 'kept');
  for (let round = 0; round < 30; round++) {
    const flow = openFlow('/ended', 'x'.repeat(2000));
    await journal.update([living, flow], []);
    await journal.update([living], [flow.id]);
    releaseFlow(flow);
  }
  t.ok(statSync(`${capture}.live`).size < 20_000, `${statSync(`${capture}.live`).size} bytes`);
  living.response!.body.append(Buffer.from(' and more'));
  await journal.update([living], []);
  t.notOk(existsSync(`${capture}.live.new`));
  const { flows } = await readAll(capture);
  t.equal(flows.length, 1);
  t.equal(await bodyOf(flows[0]), 'kept and more');
});

t.test('written anew, it keeps ended flows that the capture may lack', async (t) => {
  const { capture, journal } = newJournal(t, { deadLimit: 10_000 });
  writeFileSync(capture, '');
  const living = openFlow('/living', 'kept');
  const waiting = [openFlow('/waiting', 'y'.repeat(3000)), tcpFlow()];
  await journal.update([living, ...waiting], []);
  const before = statSync(`${capture}.live`).ino;
  for (const flow of waiting) releaseFlow(flow);
  const over = openFlow('/over', 'x'.repeat(30_000));
  await journal.update([living, over], []);
  await journal.update([living], [over.id]);
  t.not(statSync(`${capture}.live`).ino, before, 'written anew');
  t.notOk(existsSync(`${capture}.live.new`));
  const { flows } = await readAll(capture);
  t.same(
    flows.map(({ id }) => id),
    [living, ...waiting].map(({ id }) => id),
  );
  t.equal(await bodyOf(flows[1]), 'y'.repeat(3000));
  t.same(await messagesOf(flows[2]!), ['EHLO\r\n']);
  living.response!.body.append(Buffer.from(' and more'));
  await journal.update([living], [waiting[0]!.id]);
  const later = (await readAll(capture)).flows;
  t.same(
    later.map(({ id }) => id),
    [living.id, waiting[1]!.id],
  );
  t.equal(await bodyOf(later[0]), 'kept and more');
  await journal.update([], [living.id, waiting[1]!.id]);
  t.notOk(existsSync(`${capture}.live`));
});

t.test('a copy that cannot be made leaves the journal as it is', async (t) => {
  const { capture, journal } = newJournal(t, { deadLimit: 10_000 });
  writeFileSync(capture, '');
  const living = openFlow('/living', 'kept');
  const over = openFlow('/over', 'x'.repeat(30_000));
  await journal.update([living, over], []);
  mkdirSync(`${capture}.live.new`);
  await t.rejects(journal.update([living], [over.id]), { code: 'EISDIR' });
  t.same(
    (await readAll(capture)).flows.map(({ id }) => id),
    [living.id],
  );
  await journal.remove();
  t.notOk(existsSync(`${capture}.live`), 'and it can be removed');
});

t.test('it is not written anew when all flows have ended', async (t) => {
  const { capture, journal } = newJournal(t, { deadLimit: 10_000 });
  writeFileSync(capture, '');
  const flows = [openFlow('/first', 'x'.repeat(20_000)), openFlow('/second', 'y')];
  await journal.update(flows, []);
  await journal.update([], [flows[0]!.id]);
  t.equal((await readAll(capture)).flows.length, 1, 'the second may not be in the capture yet');
  await journal.update([], [flows[1]!.id]);
  t.notOk(existsSync(`${capture}.live`));
  const later = openFlow('/later', 'z');
  await journal.update([later], []);
  t.equal((await readAll(capture)).flows.length, 1);
  for (const flow of [...flows, later]) releaseFlow(flow);
});

t.test('it moves with the capture', async (t) => {
  const { capture, journal } = newJournal(t);
  const flow = tcpFlow();
  await journal.update([flow], []);
  await journal.moveTo(`${capture}-2.live`);
  flow.messages.append({ fromClient: false, opcode: 0, timestamp: 3, content: Buffer.from('more') });
  await journal.update([flow], []);
  t.notOk(existsSync(`${capture}.live`));
  writeFileSync(`${capture}-2`, '');
  const { flows } = await readAll(`${capture}-2`);
  t.same(await messagesOf(flows[0]!), ['EHLO\r\n', 'more']);
});

t.test('a body on disk that was given back is not an error', async (t) => {
  const { capture, journal } = newJournal(t);
  writeFileSync(capture, '');
  const flow = openFlow('/gone', '');
  flow.response!.body.append(Buffer.alloc(1_000_000, 'x'));
  await flow.response!.body.drained();
  releaseFlow(flow);
  await journal.update([flow], []);
  t.equal((await readAll(capture)).flows.length, 1);
});

t.test('truncated or damaged anywhere, it yields the flows before and no others', async (t) => {
  const { capture, journal } = newJournal(t);
  const flow = fullHttpFlow();
  const tcp = tcpFlow();
  await journal.update([flow, tcp], []);
  tcp.messages.append({ fromClient: false, opcode: 0, timestamp: 3, content: Buffer.from('more') });
  await journal.update([flow, tcp], []);
  await journal.close();
  const whole = readFileSync(`${capture}.live`);
  writeFileSync(capture, '');
  const known = [flow.id, tcp.id];
  const said = ['EHLO\r\n', 'more'];
  const check = async (bytes: Buffer): Promise<boolean> => {
    writeFileSync(`${capture}.live`, bytes);
    const { flows, damage } = await readAll(capture);
    const ids = flows.map(({ id }) => id);
    const last = flows.find(({ type }) => type === 'tcp');
    const messages = last ? await messagesOf(last) : [];
    const sound = ids.every((id) => known.includes(id)) && messages.every((text, at) => text === said[at]);
    return damage.length === 0 && sound && new Set(ids).size === ids.length;
  };
  const wrong: string[] = [];
  for (let end = 0; end < whole.length; end += 7) {
    if (!(await check(whole.subarray(0, end)))) wrong.push(`cut off at ${end}`);
  }
  for (let at = 0; at < whole.length; at += 5) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1 << (at % 8);
    if (!(await check(bytes))) wrong.push(`flipped at ${at}`);
  }
  t.same(wrong, []);
});
