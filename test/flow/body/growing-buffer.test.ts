import t from 'tap';
import { GrowingBuffer } from '../../../src/flow/body/growing-buffer.js';
import { Random } from '../../support/random.js';

t.test('a single chunk is not copied', async (t) => {
  const growing = new GrowingBuffer();
  t.equal(growing.bytes.length, 0);
  const chunk = Buffer.from('abc');
  growing.append(chunk);
  t.equal(growing.bytes, chunk);
  growing.drop(3);
  growing.append(chunk);
  t.equal(growing.bytes, chunk);
});

t.test('appending leaves chunks and earlier bytes as they were', async (t) => {
  const growing = new GrowingBuffer();
  const block = Buffer.from('abcdef');
  growing.append(block.subarray(0, 2));
  growing.append(Buffer.from('XY'));
  t.equal(block.toString(), 'abcdef', 'what follows a chunk in its memory');
  const before = growing.bytes;
  growing.append(Buffer.from('Z'));
  t.equal(before.toString(), 'abXY');
  t.equal(growing.bytes.toString(), 'abXYZ');
  growing.drop(1);
  growing.append(Buffer.from('!'));
  t.equal(growing.bytes.toString(), 'bXYZ!');
  t.equal(before.toString(), 'abXY');
});

t.test('any order of appending and dropping', async (t) => {
  const random = new Random(11);
  const growing = new GrowingBuffer();
  let expected = '';
  for (let step = 0; step < 5000; step++) {
    if (random.below(3) > 0) {
      const chunk = random.bytes(random.below(40)).toString('latin1');
      growing.append(Buffer.from(chunk, 'latin1'));
      expected += chunk;
    } else {
      const count = random.below(Math.min(expected.length, 80) + 1);
      growing.drop(count);
      expected = expected.slice(count);
    }
    if (growing.bytes.toString('latin1') !== expected) t.fail(`step ${step}`);
  }
  t.equal(growing.bytes.toString('latin1'), expected);
});

t.test('many small chunks are copied few times', async (t) => {
  const growing = new GrowingBuffer();
  const memories = new Set<ArrayBufferLike>();
  const chunk = Buffer.from('x');
  for (let count = 0; count < 100_000; count++) {
    growing.append(chunk);
    memories.add(growing.bytes.buffer);
  }
  t.equal(growing.bytes.length, 100_000);
  t.ok(memories.size < 20, `${memories.size} allocations`);
});
