import { Writable } from 'node:stream';
import t from 'tap';
import { StreamSink } from '../../../src/serialize/output/stream-sink.js';

t.test('writes that are abandoned fail, and later ones too', async (t) => {
  const taken: string[] = [];
  let take: () => void = () => {};
  const stream = new Writable({
    write(chunk, _encoding, done) {
      taken.push(String(chunk));
      take = done;
    },
  });
  const sink = new StreamSink('a pipe', stream);
  const results: (string | undefined)[] = [];
  const done = (error?: Error | null): void => void results.push(error?.message);
  sink.write([Buffer.from('a')], done);
  take();
  await new Promise((resolve) => setImmediate(resolve));
  t.same(results, [undefined]);
  sink.write([Buffer.from('b')], done);
  sink.abandon();
  sink.write([Buffer.from('c')], done);
  const message = 'the reader did not read the remaining data';
  t.same(results, [undefined, message, message]);
  take();
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(results.length, 3, 'each once');
  t.same(taken, ['a', 'b']);
  t.equal(sink.size, 2);
});
