import t from 'tap';
import { compressionOfPath, withoutCompression } from '../../../src/serialize/compression/codec.js';

const cases: [path: string, compression: string | undefined, inside: string][] = [
  ['flows.bin', undefined, 'flows.bin'],
  ['flows.bin.gz', 'gzip', 'flows.bin'],
  ['a/flows.HAR.GZ', 'gzip', 'a/flows.HAR'],
  ['flows.jsonl.zst', 'zstd', 'flows.jsonl'],
  ['flows.gz.d/flows', undefined, 'flows.gz.d/flows'],
  ['.gz', 'gzip', ''],
  ['gz', undefined, 'gz'],
  ['flows.tgz', undefined, 'flows.tgz'],
  ['-', undefined, '-'],
];

for (const [path, compression, inside] of cases) {
  t.same([compressionOfPath(path), withoutCompression(path)], [compression, inside], path);
}
