import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { isCapture } from '../../../src/serialize/input/is-capture.js';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures', import.meta.url));
const dir = t.testdir({
  'package.json': '{"name":"x","type":"module"}',
  'array.json': '[1]',
  text: 'GET / HTTP/1.1',
  empty: '',
  'flow.jsonl': '{"type":"http","id":"x"}\n',
  'spaced.jsonl': '{ "id": "x", "type" : "tcp" }\n',
  'torn.bin': 'TSF1abc',
  folder: {},
});
const at = (name: string) => join(dir, name);

const captures = ['mitmproxy', 'har']
  .flatMap((folder) => readdirSync(join(FIXTURES, folder)).map((name) => join(FIXTURES, folder, name)))
  .filter((path) => /\.(mitm|har)$/.test(path));
t.ok(captures.length > 15);
for (const path of captures) t.equal(await isCapture(path), true, path);

copyFileSync(captures[0]!, at('no-ending'));
writeFileSync(at('flows.gz'), gzipSync(readFileSync(captures[0]!)));
writeFileSync(at('flows.zhar'), deflateSync(readFileSync(join(FIXTURES, 'har', 'chrome.har'))));
writeFileSync(at('text.gz'), gzipSync('no flows'));
writeFileSync(at('torn.gz'), gzipSync(Buffer.alloc(1000)).subarray(0, 12));

for (const name of ['no-ending', 'flows.gz', 'flows.zhar', 'flow.jsonl', 'spaced.jsonl', 'torn.bin']) {
  t.equal(await isCapture(at(name)), true, name);
}
for (const name of ['package.json', 'array.json', 'text', 'empty', 'text.gz', 'torn.gz', 'folder', 'none']) {
  t.equal(await isCapture(at(name)), false, name);
}
t.equal(await isCapture('/dev/null'), false);
