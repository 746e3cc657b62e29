import { PassThrough } from 'node:stream';
import t from 'tap';
import { ifEnded, readAvailable } from '../../../src/engine/net/read-until.js';

t.test('all received chunks as one buffer', async (t) => {
  const stream = new PassThrough();
  t.equal(readAvailable(stream), null);
  for (const piece of ['ab', 'c', 'def']) stream.write(piece);
  t.equal(String(readAvailable(stream)), 'abcdef');
  t.equal(readAvailable(stream), null);
  stream.unshift(Buffer.from('f'));
  stream.write('g');
  t.equal(String(readAvailable(stream)), 'fg', 'also what was put back');
  stream.end('h');
  t.equal(String(readAvailable(stream)), 'h');
  t.equal(readAvailable(stream), null);
});

t.test('a FIN after unread bytes', async (t) => {
  const ended = (stream: PassThrough): Promise<boolean> =>
    new Promise((resolve) => {
      ifEnded(stream, () => resolve(true));
      setImmediate(resolve, false);
    });
  for (const pieces of [[], ['ab'], ['ab', 'c']]) {
    const stream = new PassThrough();
    for (const piece of pieces) stream.write(piece);
    for (let looks = 0; looks < 3; looks++) t.equal(await ended(stream), false);
    t.equal(String(readAvailable(stream) ?? ''), pieces.join(''), 'the bytes stay');
    for (const piece of pieces) stream.write(piece);
    stream.end();
    t.equal(await ended(stream), true, `${pieces.length} pieces`);
  }
});
