import { Writable } from 'node:stream';
import t from 'tap';
import { Headers } from '../../src/flow/http/headers.js';
import { ContentPrinter } from '../../src/terminal/content-printer.js';
import { LineSink } from '../../src/terminal/line-sink.js';
import { plainStyles } from '../../src/terminal/styles.js';
import { bodyFrom, textSink } from './sample-flows.js';

const LINE = 'a line of text\n';

async function* lines(count: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at += 1000) yield Buffer.from(LINE.repeat(1000));
}

t.test('content of any size goes out in pages, at the pace of the reader', async (t) => {
  const sizes: number[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      sizes.push(String(chunk).length);
      setImmediate(done);
    },
  });
  const out = new LineSink(stream);
  const headers = Headers.from({});
  const printer = new ContentPrinter(out, plainStyles, Number.POSITIVE_INFINITY);
  const body = bodyFrom(headers, 1, () => lines(200_000));
  await printer.body({ body, headers, timestampEnd: 2 });
  await out.flush();
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    200_000 * (4 + LINE.length) + 2,
  );
  t.ok(Math.max(...sizes) < 2 * 1024 * 1024);
});

t.test('a reader that goes ends it', async (t) => {
  let read = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) {
      if (read++ > 10_000) throw new Error('read on and on');
      yield* lines(1000);
    }
  }
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(), { code: 'EPIPE' })),
  });
  const headers = Headers.from({});
  const printer = new ContentPrinter(new LineSink(stream), plainStyles, Number.POSITIVE_INFINITY);
  await printer.body({ body: bodyFrom(headers, 1, endless), headers, timestampEnd: 2 });
  t.ok(read < 1000);
});

t.test('messages', async (t) => {
  const { out, text } = textSink();
  const printer = new ContentPrinter(out, plainStyles, 1);
  await printer.message(Buffer.from('one\ntwo'));
  await printer.message(Buffer.alloc(0));
  t.equal(await text(), '\n    one\n    (cut off)\n\n\n');
});
