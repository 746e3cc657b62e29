import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { releaseFlow } from '../../../src/flow/flow.js';
import { FileInput } from '../../../src/serialize/input/input-file.js';
import { readFlows } from '../../../src/serialize/input/reader.js';
import { SortedReader } from '../../../src/serialize/sorted/sorted-reader.js';
import { policy, toBytes } from '../flows.js';
import { plainHttpFlow } from '../sample-flows.js';

const folder = t.testdir({});
const path = join(folder, 'numbers');
// Each four bytes say where they are.
const bytes = Buffer.alloc(4_000_000);
for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at);
writeFileSync(path, bytes);

t.test('any place, in any order', async (t) => {
  const input = await FileInput.open(path);
  for (const offset of [0, 3_000_000, 4, 8, 70_000, 69_996, 1_500_000, 1_500_004, 3_999_996, 0]) {
    input.moveTo(offset);
    if (input.buffer.length - input.at < 4) t.ok((await input.fill(4)) >= 4);
    t.equal(input.buffer.readUInt32LE(input.at), offset);
    input.at += 4;
  }
  input.moveTo(bytes.length);
  t.equal(await input.fill(1), 0, 'the end');
  await input.close();
});

t.test('any place, at once', async (t) => {
  const input = FileInput.openNow(path);
  for (const offset of [0, 3_000_000, 4, 8, 70_000, 69_996, 3_999_996, 0]) {
    input.moveTo(offset);
    if (input.available < 4) t.ok(input.fillNow(4) >= 4);
    t.equal(input.buffer.readUInt32LE(input.at), offset);
    input.at += 4;
  }
  input.moveTo(1000);
  t.equal(input.fillNow(100_000), 100_000, 'more than a block');
  input.moveTo(bytes.length - 2);
  t.equal(input.fillNow(4), 2, 'the end');
  await input.close();
});

t.test('the block before is still in memory', async (t) => {
  const input = await FileInput.open(path);
  const body = input.body(4, 4);
  t.equal(body.buffer, undefined, 'not read yet');
  await input.fill(8);
  const firstBlock = input.buffer.length;
  input.at = firstBlock;
  await input.fill(8);
  t.equal(body.buffer?.readUInt32LE(), 4, 'one block later');
  input.at = input.buffer.length;
  await input.fill(8);
  t.equal(body.buffer, undefined, 'two blocks later');
  body.release();
  await input.close();
});

t.test('a file that is cut off while it is read', async (t) => {
  const flows = Array.from({ length: 2000 }, (_, at) => plainHttpFlow(`/${at}`, 'x'.repeat(1000)));
  const whole = await toBytes(flows);
  const capture = join(folder, 'cut');
  for (const rest of [0, (await toBytes(flows.slice(0, 100))).length, (await toBytes(flows.slice(0, 1500))).length]) {
    writeFileSync(capture, whole);
    const damage: string[] = [];
    let count = 0;
    const onDamage = ({ kind }: { kind: string }): void => void damage.push(kind);
    const summary = await readFlows({ path: capture }, { policy, onDamage }, (flow) => {
      if (count++ === 0) truncateSync(capture, rest);
      return releaseFlow(flow);
    });
    t.ok(summary.flows < flows.length, `${summary.flows} flows`);
    t.same([damage, summary.damaged], [['truncated'], 1], `${rest} bytes are left`);
  }
});

/** Bytes that this process has read so far, from wherever. */
const bytesRead = (): number => Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'latin1'))![1]);

t.test('bodies that are not read', { skip: !existsSync('/proc/self/io') }, async (t) => {
  const count = 300;
  const bodies = join(folder, 'bodies');
  writeFileSync(
    bodies,
    await toBytes(Array.from({ length: count }, (_, at) => plainHttpFlow(`/${at}`, 'x'.repeat(200_000)))),
  );
  const onDamage = ({ message }: { message: string }): never => {
    throw new Error(message);
  };
  const reading = async (read: () => Promise<{ flows: number }>): Promise<void> => {
    const before = bytesRead();
    const { flows } = await read();
    const each = (bytesRead() - before) / count;
    t.equal(flows, count);
    t.ok(each < 20_000, `${Math.round(each)} bytes were read of each flow of 200,000`);
  };
  await reading(() => readFlows({ path: bodies }, { policy, onDamage }, releaseFlow));
  const sorted = new SortedReader({ policy, onDamage });
  await reading(() => sorted.add({ path: bodies }, () => true));
  await reading(() => sorted.read(releaseFlow));
  await sorted.close();
});
