import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { EncodedWriter, type FlowEncoder } from '../../../src/serialize/output/encoded-writer.js';
import type { Sink } from '../../../src/serialize/output/sinks.js';
import { plainHttpFlow } from '../sample-flows.js';

/** Paths in brackets. */
const ENCODER: FlowEncoder = {
  opening: Buffer.from('['),
  separator: Buffer.from(','),
  closing: Buffer.from(']'),
  encode: (flow) => {
    const { path } = (flow as HttpFlow).request;
    return path === '/none' ? undefined : [Buffer.from(path), () => pieces()];
  },
};

async function* pieces(): AsyncGenerator<Buffer> {
  yield Buffer.from('!');
}

/** A file on a disk with so much room. */
class SmallSink implements Sink {
  readonly name = 'small';
  content = '';

  constructor(
    private readonly room: number,
    private readonly cuts = true,
  ) {}

  get size(): number {
    return this.content.length;
  }

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    const wanted = this.content + Buffer.concat([...chunks]);
    setImmediate(() => {
      this.content = wanted.slice(0, this.room);
      done(wanted.length > this.room ? new Error('full') : null);
    });
  }

  async cut(size: number): Promise<void> {
    if (!this.cuts) throw new Error('no');
    this.content = this.content.slice(0, size);
  }

  async close(): Promise<void> {}
}

async function write(sink: SmallSink, paths: string[]): Promise<[content: string, errors: number, leftOut: number]> {
  let errors = 0;
  let leftOut = 0;
  const writer = new EncodedWriter(sink, ENCODER, { onError: () => errors++, onLeftOut: () => leftOut++ });
  for (const path of paths) await writer.write(plainHttpFlow(path));
  await writer.close();
  return [sink.content, errors, leftOut];
}

t.test('flows stand between an opening and a closing', async (t) => {
  t.same(await write(new SmallSink(100), []), ['[]', 0, 0]);
  t.same(await write(new SmallSink(100), ['/1']), ['[/1!]', 0, 0]);
  t.same(await write(new SmallSink(100), ['/1', '/none', '/2']), ['[/1!,/2!]', 0, 1]);
});

t.test('a file that did not get all flows has its closing, if there is room', async (t) => {
  const paths = ['/1', '/2', '/3'];
  t.same(await write(new SmallSink(11), paths), ['[/1!,/2!]', 1, 0]);
  t.same(await write(new SmallSink(7), paths), ['[/1!]', 1, 0]);
  t.same(await write(new SmallSink(4), paths), ['[/1!', 1, 0]);
  t.same(await write(new SmallSink(3), paths), ['', 1, 0], 'unless nothing is in it');
  t.same(await write(new SmallSink(6, false), paths), ['[/1!,/', 1, 0], 'or it is torn');
});

t.test('nothing is written after a failed write', async (t) => {
  const sink = new SmallSink(6);
  const made = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('too long');
  };
  const encoder: FlowEncoder = { encode: () => [Buffer.from('<'), made, Buffer.from('>')] };
  const errors: string[] = [];
  const writer = new EncodedWriter(sink, encoder, { onError: ({ message }) => errors.push(message) });
  await writer.write(plainHttpFlow('/'));
  await writer.close();
  t.equal(sink.content, '');
  t.same(errors, ['Cannot write small: full']);
});
