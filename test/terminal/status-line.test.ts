import { Writable } from 'node:stream';
import t from 'tap';
import { LineSink } from '../../src/terminal/line-sink.js';
import { StatusLine } from '../../src/terminal/status-line.js';
import { plainStyles } from '../../src/terminal/styles.js';

t.test('a line stays below what is printed', async (t) => {
  let written = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written += chunk;
      done();
    },
  });
  const out = new LineSink(stream);
  const status = new StatusLine({ out, styles: plainStyles, columns: () => 10, discards: false });
  out.status = status;
  const flushed = async (): Promise<string> => {
    await out.flush();
    const text = written.replaceAll('\r\x1b[K', '^');
    written = '';
    return text;
  };
  out.write('one\n');
  t.equal(await flushed(), 'one\n', 'nothing without a status');
  status.set('Sent 5');
  t.equal(await flushed(), '^Sent 5');
  out.write('two\n');
  out.write('three\n');
  t.equal(await flushed(), '^two\nthree\nSent 5');
  out.write('part of');
  t.equal(await flushed(), '^part of', 'not behind an incomplete line');
  status.set('Sent 6');
  t.equal(await flushed(), '');
  out.write(' a line\n');
  t.equal(await flushed(), ' a line\nSent 6');
  status.set('Sent 12345 of 67890');
  t.equal(await flushed(), '^Sent 123…', 'it must not wrap');
  status.set('');
  t.equal(await flushed(), '^');
  status.set('');
  out.write('end\n');
  t.equal(await flushed(), 'end\n');
});
