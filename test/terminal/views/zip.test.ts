import { crc32 } from 'node:zlib';
import t from 'tap';
import { zipView } from '../../../src/terminal/views/zip.js';
import { shown, viewed } from './collect-text.js';

const TYPE = 'application/zip';

/** An archive of stored files. */
function archive(files: Record<string, string>, comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const file = Buffer.alloc(30);
    file.write('PK\x03\x04', 'latin1');
    file.writeUInt32LE(crc32(content), 14);
    file.writeUInt32LE(content.length, 18);
    file.writeUInt32LE(content.length, 22);
    file.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    entry.writeUInt16LE(0x800, 8);
    file.copy(entry, 16, 14, 30);
    entry.writeUInt32LE(at, 42);
    parts.push(file, Buffer.from(name), Buffer.from(content));
    directory.push(entry, Buffer.from(name));
    at += 30 + Buffer.byteLength(name) + content.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}

t.test('the files of an archive', async (t) => {
  const bytes = archive({ 'a.txt': 'x'.repeat(100), 'dir/ü\n.txt': '' }, 'comment');
  t.equal(viewed(zipView, bytes, TYPE), 'ZIP archive, 2 files\na.txt 100b\ndir/ü..txt 0b\n');
  t.equal(await shown(bytes, 'application/octet-stream'), 'ZIP archive, 2 files\na.txt 100b\ndir/ü..txt 0b\n');
  t.equal(viewed(zipView, archive({}), TYPE), 'ZIP archive, 0 files\n');
  t.equal(viewed(zipView, archive({ a: '' }), TYPE), 'ZIP archive, 1 file\na 0b\n');
});

t.test('a damaged archive is shown as a hex dump', async (t) => {
  const bytes = archive({ 'a.txt': 'x', b: 'y' });
  for (let end = 0; end < bytes.length; end++) {
    t.equal(viewed(zipView, bytes.subarray(0, end), TYPE), undefined, `prefix of ${end}`);
  }
  const damaged = Buffer.from(bytes);
  damaged.writeUInt32LE(1, bytes.length - 6);
  t.equal(viewed(zipView, damaged, TYPE), undefined, 'the directory is elsewhere');
  t.match(await shown(damaged, TYPE), /^00000000 {2}50 4b/);
});
