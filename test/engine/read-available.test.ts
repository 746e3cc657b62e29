import { PassThrough } from 'node:stream';
import t from 'tap';
import { readAvailable } from '../../src/engine/read-available.js';

t.test('all pieces that have come, as one', async (t) => {
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
