import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileInput } from '../../../../src/serialize/input/input-file.js';
import { findFlowsEnd } from '../../../../src/serialize/mitmproxy/record/find-end.js';
import { plainHttpFlow } from '../../sample-flows.js';
import { boundaries, fixture, toMitmproxy } from '../flow-files.js';

const folder = t.testdir({});

async function endOf(bytes: Buffer): Promise<number | undefined> {
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  const file = await FileInput.open(path);
  try {
    return (await findFlowsEnd(file))?.offset;
  } finally {
    await file.close();
  }
}

t.test('where flows can be appended', async (t) => {
  const file = fixture(21);
  const [, second, third] = boundaries(file) as [number, number, number];
  const damaged = Buffer.from(file);
  damaged.write('9', second);
  const cases: [name: string, bytes: Buffer, end: number | undefined][] = [
    ['nothing', Buffer.alloc(0), 0],
    ['whole flows', file, file.length],
    ['a torn end', file.subarray(0, third - 1), second],
    ['a torn length', file.subarray(0, second + 2), second],
    ['a torn first flow', file.subarray(0, second - 5), 0],
    ['a torn first length', file.subarray(0, 3), 0],
    ['garbage behind flows', Buffer.concat([file, Buffer.from('garbage')]), file.length],
    ['damage in the middle', damaged, file.length],
    ['not a flow file', Buffer.from('This is a text, and so nothing is appended to it.'), undefined],
  ];
  for (const [name, bytes, end] of cases) t.equal(await endOf(bytes), end, name);
});

t.test('large bodies are passed over', async (t) => {
  const flow = plainHttpFlow('/', '');
  flow.response!.body.set(Buffer.alloc(5_000_000, 'x'));
  const bytes = await toMitmproxy([flow, plainHttpFlow()]);
  t.equal(await endOf(bytes), bytes.length);
});
