import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { commandOf, HOME, run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { toBytes } from '../serialize/flows.js';
import { plainHttpFlow, sampleFlows } from '../serialize/sample-flows.js';
import { folder } from '../support/folder.js';
import { MITMPROXY, PYTHON } from '../support/mitmproxy.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { Recording } from './support/recording.js';

const FORMATS_PAGE = join(import.meta.dirname, '../../../docs/formats.md');

t.test('examples for jq', needs('jq', 'sh'), async (t) => {
  const capture = join(folder(t), 'flows.bin');
  const api = plainHttpFlow('/api/items', '{"id":7}');
  api.response!.headers.append('Set-Cookie', 'a=1');
  writeFileSync(capture, await toBytes([...sampleFlows(), api, plainHttpFlow('/large', 'x'.repeat(200_000))]));
  const tsdump = `tsdump() { ${commandOf()
    .map((word) => `'${word}'`)
    .join(' ')} "$@"; }\ncd "$1"\n`;
  const page = readFileSync(FORMATS_PAGE, 'utf8');
  const block = /```sh\n(flows\(\) .*?)```/s.exec(page)![1]!;
  const [define, ...examples] = block.split('\n').filter((line) => line !== '');
  t.ok(examples.length > 5);
  for (const example of examples) {
    const script = `${tsdump}${define}\n${example}`;
    const { code, stderr } = await command('sh', ['-c', script, 'sh', dirname(capture)], { env: { HOME } });
    t.same([code, stderr], [0, ''], example);
  }
  const script = `${tsdump}${define}\n${examples.find((line) => line.includes('fromjson'))}`;
  const { stdout } = await command('sh', ['-c', script, 'sh', dirname(capture)], { env: { HOME } });
  t.equal(String(stdout), '7\n');
});

t.test('there and back again through all formats', async (t) => {
  const dir = folder(t);
  const at = (name: string) => join(dir, name);
  writeFileSync(at('flows.bin'), await toBytes(sampleFlows()));
  for (const [from, to, said] of [
    ['flows.bin', 'flows.jsonl', ''],
    ['flows.jsonl', 'back.bin', ''],
    ['back.bin', 'again.ndjson', ''],
    ['flows.jsonl', 'flows.har', /flows\.har omits 4 flows of types that its format does not support\./],
    ['flows.har', 'har.jsonl', ''],
  ] as const) {
    const { code, stderr } = await runWarm(['-nr', at(from), '-w', at(to)]);
    t.equal(code, 0, `${from} ${to}`);
    if (said) t.match(stderr, said);
    else t.equal(stderr, '', `${from} ${to}`);
  }
  const lines = readFileSync(at('flows.jsonl'), 'utf8');
  t.equal(readFileSync(at('again.ndjson'), 'utf8'), lines);
  t.equal(readFileSync(at('har.jsonl'), 'utf8').split('\n').length - 1, 4);
  t.match(JSON.parse(readFileSync(at('flows.har'), 'utf8')).log.creator, {
    name: 'tsdump',
    version: /^\d+\.\d+\.\d+$/,
  });

  const appended = await runWarm(['-nr', at('flows.bin'), '-qw', `+${at('again.ndjson')}`]);
  t.equal(appended.code, 0);
  t.equal(readFileSync(at('again.ndjson'), 'utf8'), lines + lines);
  const refused = await runWarm(['-nr', at('flows.bin'), '-qw', `+${at('flows.har')}`]);
  t.equal(refused.code, 5);
  t.match(refused.stderr, /nothing can be appended to a HAR file/);
});

t.test('a HAR that was cut off', async (t) => {
  const dir = folder(t);
  const [whole, cut] = [join(dir, 'whole.har'), join(dir, 'cut.har')];
  writeFileSync(join(dir, 'flows.bin'), await toBytes([plainHttpFlow('/1'), plainHttpFlow('/2'), plainHttpFlow('/3')]));
  await runWarm(['-nr', join(dir, 'flows.bin'), '-qw', whole]);
  const bytes = readFileSync(whole);
  const last = bytes.lastIndexOf('{"startedDateTime"');
  writeFileSync(cut, bytes.subarray(0, last + 100));
  const read = await runWarm(['-nr', cut, '--flow-detail', '1']);
  t.equal(read.code, 4);
  t.match(read.stderr, `cut.har: the end is cut off: the entry at offset ${last} is incomplete`);
  t.match(String(read.stdout), /\/1\n.*\n.*\/2\n/);
  const strict = await runWarm(['-nr', cut, '--strict', '-q', '-w', join(dir, 'out.har')]);
  t.equal(strict.code, 4);
});

t.test('hardump beside -w', needs('curl'), async (t) => {
  const origin = await Origin.start(t, mirror);
  const har = join(folder(t), 'live.har');
  const recording = await Recording.start(t, { args: ['--set', `hardump=${har}`] });
  await curl(recording.url, ['-d', 'a=1', origin.url('/form?q=1')]);
  await curl(recording.url, [origin.url('/get')]);
  const flows = await recording.http(t);
  const { entries } = JSON.parse(readFileSync(har, 'utf8')).log;
  t.same(
    entries.map(({ _tsdump }: { _tsdump: { id: string } }) => _tsdump.id),
    flows.map(({ flow }) => flow.id),
  );
  for (const { time, timings } of entries) {
    const { ssl: _inConnect, ...parts } = timings as Record<string, number>;
    const sum = Object.values(parts).reduce((total, part) => total + Math.max(0, part), 0);
    t.ok(Math.abs(time - sum) < 0.01 && Object.values(timings as Record<string, number>).every((part) => part >= -1));
  }
  t.match(entries[0].request.postData, { text: 'a=1', params: [{ name: 'a', value: '1' }] });
});

t.test('hardump to stdout, and where it cannot go', async (t) => {
  const capture = join(folder(t), 'flows.bin');
  writeFileSync(capture, await toBytes([plainHttpFlow('/1'), plainHttpFlow('/2')]));
  const { code, stdout, stderr } = await run(t, ['-nr', capture, '--set', 'hardump=-', '~u 2']);
  t.equal(code, 0);
  t.equal(JSON.parse(String(stdout)).log.entries.length, 1);
  t.match(stderr, /GET \S+\/2/, 'the display is on stderr');
  for (const args of [
    ['-w', '-', '--set', 'hardump=-'],
    ['-w', join(capture, '../x.har'), '--set', `hardump=${join(capture, '../x.har')}`],
    ['--set', `hardump=${capture}`],
  ]) {
    const refused = await runWarm(['-nr', capture, ...args]);
    t.equal(refused.code, 2, refused.stderr);
  }
  t.notOk(existsSync(join(capture, '../x.har')));
});

const SCRIPT = `
import json, sys
from mitmproxy import io
with open(sys.argv[1], "rb") as file:
    print(json.dumps([[f.request.method, f.request.url, f.request.content.decode("latin1"), f.response.status_code,
        f.response.content.decode("latin1"), [[k.decode(), v.decode()] for k, v in f.response.headers.fields]]
        for f in io.FlowReader(file).stream()]))
`;

t.test('mitmproxy reads it', MITMPROXY, async (t) => {
  const dir = folder(t);
  const text = plainHttpFlow('/text?\xe9', 'gr\xfcn');
  text.response!.headers.set('Content-Type', 'text/plain; charset=utf-8');
  const bytes = plainHttpFlow('/bytes', '');
  bytes.response!.body.set(Buffer.from([0xff, 0, 0xfe]));
  writeFileSync(join(dir, 'flows.bin'), await toBytes([text, bytes, ...sampleFlows()]));
  await runWarm(['-nr', join(dir, 'flows.bin'), '-qw', join(dir, 'flows.har')]);
  const { code, stdout, stderr } = await command(PYTHON, ['-c', SCRIPT, join(dir, 'flows.har')]);
  t.equal(code, 0, stderr);
  t.same(JSON.parse(String(stdout)).slice(0, 3), [
    ['GET', 'http://example.com/text?%E9', '', 200, 'gr\xc3\xbcn', [['Content-Type', 'text/plain; charset=utf-8']]],
    ['GET', 'http://example.com/bytes', '', 200, '\xff\x00\xfe', [['Content-Type', 'text/plain']]],
    [
      'POST',
      'http://example.com/caf%E9?q=%FF%00',
      'a=1&b=2',
      599,
      '\x00\x01\x02\xff',
      [['Content-Type', 'text/plain']],
    ],
  ]);
});
