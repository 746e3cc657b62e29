import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeFlows } from '../cli/flows.js';
import { run, Tsdump } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { folder } from '../support/folder.js';
import { RawOrigin } from '../support/raw-origin.js';
import { until } from '../support/until.js';
import { Wire } from '../support/wire.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { isInJournals, journalsOf, killAll, PROCESSES } from './support/processes.js';
import { numbersIn, Recording, readCapture } from './support/recording.js';

const CURL = needs('curl');

/** What `--format jsonl` says of a capture, without what each format keeps in its own way. */
async function linesOf(t: Test, capture: string): Promise<string[]> {
  const { code, stdout, stderr } = await runWarm(['-qnr', capture, '--format', 'jsonl', '-w', '-']);
  t.equal(code, 0, `${capture} is read`, { stderr });
  return String(stdout)
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { request, response } = JSON.parse(line);
      return `${request.method} ${request.url} ${response.status} ${JSON.stringify(response.body)}`;
    });
}

for (const { name, args } of PROCESSES) {
  t.test(`each file gets all flows, in its own format, ${name}`, CURL, async (t) => {
    const origin = await Origin.start(t, (_, response) => response.end(Buffer.alloc(600_000, 'large')));
    const dir = folder(t);
    const files = ['a.bin', 'b.mitm', 'c.har', 'd.jsonl', 'e.bin.gz', 'f'].map((name) => join(dir, name));
    const program = new Tsdump(t, [
      '-p',
      '0',
      ...args,
      ...files.flatMap((file) => ['-w', file]),
      '-w',
      '-',
      '~u wanted',
    ]);
    const proxy = `http://127.0.0.1:${await program.port()}`;
    for (const path of ['/wanted/1', '/other', '/wanted/2']) {
      await curl(proxy, ['-o', '/dev/null', origin.url(path)]);
    }
    program.child.kill('SIGINT');
    const { code, stdout, stderr } = await program.ended;
    t.equal(code, 0);
    t.match(stderr, /GET \S+\/wanted\/2\n/, 'flows are shown on stderr');
    t.ok(
      stdout.equals(readFileSync(files[0]!)) || stdout.subarray(0, 4).equals(Buffer.from('TSF1')),
      'native on stdout',
    );
    t.match(String(readFileSync(files[3]!)), /^\{/, 'each in the format of its ending');
    const [first, ...others] = await Promise.all(files.map((file) => linesOf(t, file)));
    t.equal(first!.length, 2, 'the filter holds');
    for (const [at, lines] of others.entries()) t.same(lines, first, files[at + 1]!);

    const copy = ['copy.bin', 'copy.har', 'small.bin'].map((name) => join(dir, name));
    const copying = ['-nqr', files[0]!, ...copy.flatMap((file) => ['-w', file]), '--compress', 'gzip'];
    t.equal((await run(t, copying)).code, 0);
    for (const file of copy) t.same(await linesOf(t, file), first, `${file}, copied`);
    t.ok(readFileSync(copy[0]!).length < readFileSync(files[0]!).length / 2, 'what is native is compressed');
  });
}

t.test('of several files, --format is for those whose ending says nothing', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'input.har');
  const { code } = await runWarm(['-nr', '-', '-w', input], { input: '' });
  t.equal(code, 0);
  const [har, plain] = [join(dir, 'a.har'), join(dir, 'plain')];
  const both = await runWarm(['-nr', input, '--format', 'mitmproxy', '-w', har, '-w', plain, '--compress', 'gzip']);
  t.equal(both.code, 2);
  t.match(both.stderr, /^tsdump: --compress: only records of the native format are compressed/, 'none of them is');
  t.equal((await runWarm(['-nr', input, '--format', 'jsonl', '-w', har, '-w', plain])).code, 0);
  t.match(String(readFileSync(har)), /^\{\s*"log"/);
  t.equal(String(readFileSync(plain)), '');
});

for (const { name, args } of PROCESSES) {
  t.test(`each file has a journal, and is gone on with, ${name}`, async (t) => {
    const origin = await RawOrigin.start(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n');
      await wire.over();
    });
    const other = join(folder(t), 'other.mitm');
    const recording = await Recording.start(t, { args: [...args, '-w', other] });
    const client = await Wire.connect(recording.port);
    client.send(`GET http://${origin.authority}/events HTTP/1.1\r\nHost: ${origin.authority}\r\n\r\n`);
    await client.has('data: one\n\n');
    const captures = [recording.capture, other];
    await until(() => captures.every((file) => isInJournals(file, 'data: one')), 'the flow in both journals');
    await killAll(recording.program);

    const next = await Recording.start(t, { output: `+${recording.capture}`, args: [...args, '-w', `+${other}`] });
    await next.program.logged(/capture\.flows: added 1 flow that[\s\S]*other\.mitm: added 1 flow that/);
    t.same(captures.flatMap(journalsOf), [], 'both are taken over');
    await next.stop(t);
    for (const file of captures) {
      const [flow, ...more] = await readCapture(file);
      t.equal(String(flow?.responseBody), 'data: one\n\n', file);
      t.equal(more.length, 0, 'once');
    }
  });
}

for (const { name, args } of PROCESSES) {
  t.test(`rules of rotation hold for the files that can be rotated, ${name}`, CURL, async (t) => {
    const origin = await Origin.start(t, mirror);
    const dir = folder(t);
    const outputs = ['-w', join(dir, 'a.bin'), '-w', '-', '-w', join(dir, 'b.jsonl')];
    const program = new Tsdump(t, ['-p', '0', ...args, ...outputs, '--format', 'jsonl', '--set', 'rotate_flows=1']);
    const proxy = `http://127.0.0.1:${await program.port()}`;
    for (const path of ['/1', '/2', '/3']) await curl(proxy, [origin.url(path)]);
    program.child.kill('SIGTERM');
    const { code, stdout } = await program.ended;
    t.equal(code, 0);
    t.equal(String(stdout).match(/\n/g)?.length, 3, 'stdout has all of them');
    const names = readdirSync(dir);
    t.equal(names.filter((name) => /^a\..*bin$/.test(name)).length, 3);
    t.equal(names.filter((name) => /^b\..*jsonl$/.test(name)).length, 3);

    for (const [rules, message] of [
      [['-w', '-', '--set', 'rotate_flows=1'], /^tsdump: rotate_flows: .* \[option-conflict\]\n$/],
      [
        ['-w', '/dev/null', '-w', '-', '--set', 'rotate_size=1k'],
        /^tsdump: rotate_size: \/dev\/null is not a regular file/,
      ],
      [['-w', 'a', '-w', 'b', '--set', 'rotate_keep=1'], /^tsdump: rotate_keep: needs another rotate_/],
    ] as const) {
      const refused = await runWarm(['-nr', '-', ...rules]);
      t.equal(refused.code, 2, rules.join(' '));
      t.match(refused.stderr, message);
    }
  });
}

for (const { name, args } of PROCESSES) {
  t.test(`one output that fails ends the program, and the other keeps what it has, ${name}`, CURL, async (t) => {
    const origin = await Origin.start(t, (_, response) => response.end(Buffer.alloc(200_000)));
    const dir = folder(t);
    const [failing, compressed] = [join(dir, 'large.bin'), join(dir, 'small.bin.gz')];
    const program = new Tsdump(t, ['-p', '0', ...args, '-w', compressed, '-w', failing], {
      shell: 'ulimit -f 1000; exec "$@"',
    });
    const proxy = `http://127.0.0.1:${await program.port()}`;
    for (let number = 1; number <= 4; number++) await curl(proxy, ['-o', '/dev/null', origin.url(`/${number}`)]);
    const { code, stderr } = await program.ended;
    t.equal(code, 5);
    t.match(stderr, /Cannot write \S+large\.bin: .*EFBIG/);
    t.same(await numbersIn(failing), [1, 2], 'what fitted');
    t.same((await numbersIn(compressed)).slice(0, 3), [1, 2, 3], 'the flow that did not fit there is here');
  });
}

t.test('when the reader of stdout has got enough, the file is written to its end', async (t) => {
  const dir = folder(t);
  const [input, copy] = [join(dir, 'in.bin'), join(dir, 'copy.bin')];
  await writeFlows(input, 20_000);
  const { code, stderr } = await run(t, ['-qnr', input, '-w', '-', '-w', copy], { shell: '"$@" | head -c 100 >&2' });
  t.equal(code, 0, stderr.slice(100));
  t.equal((await numbersIn(copy)).length, 20_000);
});

t.test('outputs that are one file', async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'sub'));
  const capture = join(dir, 'a.bin');
  for (const [args, message] of [
    [['-w', capture, '-w', join(dir, 'sub/../a.bin')], /-w \S+ and -w \S+ are the same file/],
    [['-w', '-', '-w', '/dev/stdout'], /-w - and -w \/dev\/stdout are the same file/],
    [['-w', capture, '--set', `hardump=${capture}`], /-w \S+ and hardump \S+ are the same file/],
    [['-w', capture, '--set', `save_stream_file=${capture}`], /-w \S+ and -w \S+ are the same file/],
  ] as const) {
    const { code, stderr } = await runWarm(['-nr', '-', ...args]);
    t.equal(code, 2, args.join(' '));
    t.match(stderr, message);
    t.notOk(existsSync(capture), 'nothing was created');
  }
});

t.test('the list in the config file and in the environment', async (t) => {
  const dir = t.testdir({ 'tsdump.yaml': 'save_stream_file: [one.jsonl, two.jsonl]\n', 'in.jsonl': '' });
  const confdir = ['--set', `confdir=${dir}`];
  const options = async (args: string[], env?: NodeJS.ProcessEnv): Promise<string> =>
    /^save_stream_file: (.*)$/m.exec(String((await runWarm(['--options', ...args], { env })).stdout))![1]!;
  t.equal(await options([]), '[]');
  t.equal(await options(confdir), '["one.jsonl", "two.jsonl"]');
  t.equal(await options(confdir, { TSDUMP_SAVE_STREAM_FILE: 'a\nb' }), '["a", "b"]');
  t.equal(await options([...confdir, '-w', 'c', '--set', 'save_stream_file=d']), '["c", "d"]');
  t.equal(await options([...confdir, '--set', 'save_stream_file']), '[]');
});
