import zlib from 'node:zlib';
import t from 'tap';
import { ZstdFrames } from '../../../src/serialize/compression/zstd-frames.js';

/** In hexadecimal: made by zstd 1.5, and by hand where it does not choose the form. */
const FRAMES = {
  'no content': '28b52ffd2000010000',
  'two bytes, with a checksum': '28b52ffd0458110000610a55c8cc1e',
  'content size of two bytes, RLE': '28b52ffd60e802431f0078',
  'a skippable frame': '5a2a4d1803000000aabbcc',
};

t.test('a stream is whole after each frame, and only there', async (t) => {
  const all = Object.entries(FRAMES).map(([name, hex]) => ({ name, bytes: Buffer.from(hex, 'hex') }));
  for (const { name, bytes } of all) {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const frames = new ZstdFrames();
      frames.add(bytes.subarray(0, cut));
      t.equal(frames.isWhole, cut === 0 || cut === bytes.length, `${name}: ${cut} bytes`);
    }
  }
  const stream = Buffer.concat(all.map(({ bytes }) => bytes));
  const ends = new Set<number>([0]);
  for (const { bytes } of all) ends.add(Math.max(...ends) + bytes.length);
  const frames = new ZstdFrames();
  for (let at = 0; at < stream.length; at++) {
    t.equal(frames.isWhole, ends.has(at), `byte by byte: ${at}`);
    frames.add(stream.subarray(at, at + 1));
  }
  t.ok(frames.isWhole);
  frames.add(Buffer.from('something else'));
  t.ok(frames.isWhole, 'what follows is no matter of the frames');
});

const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: (bytes: Buffer) => Buffer };

t.test('frames of several blocks', { skip: !zstdCompressSync && 'no zstd in this Node.js' }, async (t) => {
  const noise = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * at * 2654435761) >>> 24));
  const bytes = zstdCompressSync!(noise);
  for (const cut of [1, 1000, 140_000, bytes.length - 1]) {
    const frames = new ZstdFrames();
    frames.add(bytes.subarray(0, Math.min(cut, bytes.length - 1)));
    t.notOk(frames.isWhole);
    frames.add(bytes.subarray(Math.min(cut, bytes.length - 1)));
    t.ok(frames.isWhole);
  }
});
