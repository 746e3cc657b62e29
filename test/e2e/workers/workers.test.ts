import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { run, Tsdump } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { folder, write } from '../../support/folder.js';
import { until } from '../../support/until.js';
import { Wire } from '../../support/wire.js';
import { startOrigin } from '../support/kills.js';
import { Load } from '../support/load.js';
import { Origin } from '../support/origin.js';
import { workersOf } from '../support/processes.js';
import { numbersIn, Recording, readCapture } from '../support/recording.js';

const WORKERS = ['--workers', '2'];

/** Whether a process has ended, even if the one that should ask for its exit code has not. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return true;
  }
}

/** Numbered requests at a proxy, each answered. @returns their numbers */
async function requests(port: number, origin: Origin, clients = 8, count = 60): Promise<number[]> {
  const load = new Load(port, (number) => origin.url(`/${number}`), clients);
  await until(() => load.answered.size >= count, `${count} answers`);
  return load.stop();
}

function small(t: Test): Promise<Origin> {
  return Origin.start(t, ({ target }, response) => response.end(Buffer.alloc(1000, target)));
}

t.test('outputs of all kinds have the flows of all workers', async (t) => {
  const origin = await startOrigin(t, 400_000);
  const dir = folder(t);
  const names = ['b.mitm', 'c.har', 'd.jsonl', 'e.csv', 'f.bin.gz'];
  const more = names.flatMap((name) => ['-w', join(dir, name)]);
  const args = [...WORKERS, ...more, '--set', `hardump=${join(dir, 'g.har')}`, '--stat-json'];
  const recording = await Recording.start(t, { args });
  const sent = await requests(recording.port, origin);
  const ended = await recording.stop(t);
  const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((one, other) => one - other);
  t.same(sorted(await numbersIn(recording.capture)), sent);
  for (const name of [...names.filter((name) => !name.endsWith('csv')), 'g.har']) {
    t.same(sorted(await numbersIn(join(dir, name))), sent, name);
  }
  t.equal(readFileSync(join(dir, 'e.csv'), 'utf8').trim().split('\n').length, sent.length + 1);
  t.equal(JSON.parse(String(ended.stdout)).flows, sent.length);
  for (const { flow, responseBody } of await readCapture(recording.capture)) {
    if (flow.type !== 'http') continue;
    t.equal(responseBody.length, Number(flow.request.path.slice(1)) % 10 === 0 ? 400_000 : 1000, flow.request.path);
  }
});

t.test('a filter selects what is saved, and another what is checked', async (t) => {
  const origin = await small(t);
  const args = [...WORKERS, '--fail-on', '~u /7$', '--expect', '~u /8$ = 1', '--set', 'save_stream_filter=~bs 5'];
  const recording = await Recording.start(t, { args });
  const sent = await requests(recording.port, origin);
  recording.program.child.kill('SIGINT');
  const { code, stderr } = await recording.program.ended;
  t.equal(code, 1);
  t.match(stderr, /Check failed: fail_on ~u \/7\$|Check failed: .*~u \/7/);
  const expected = sent.filter((number) => String(number).includes('5'));
  t.same(
    [...(await numbersIn(recording.capture))].sort((one, other) => one - other),
    expected,
  );
});

t.test(
  'a worker that is killed: flows are there, those in progress are incomplete, another one takes its place',
  async (t) => {
    const origin = await small(t);
    const recording = await Recording.start(t, { args: [...WORKERS, '--flow-detail', '0'] });
    const { program } = recording;
    const answered: number[] = [];
    let next = 0;
    for (let round = 0; round < 5; round++) {
      const load = new Load(recording.port, (number) => origin.url(`/${number}`), 8, next);
      await until(() => load.answered.size > 20, 'answers');
      const before = performance.now();
      // What holds up a busy machine holds up responses as well.
      const age = 1000 + 3 * load.slowest();
      const [victim] = workersOf(program);
      process.kill(victim!, 'SIGKILL');
      await until(
        () => workersOf(program).length === 2 && !workersOf(program).includes(victim!),
        'another one',
        30_000,
      );
      const after = performance.now();
      await load.stop();
      for (const [number, time] of load.answered) if (time < before - age || time > after) answered.push(number);
      next = load.next;
      await program.logged(new RegExp(`(?:was killed by SIGKILL[^]*?){${round + 1}}`));
    }
    await recording.stop(t);
    const numbers = await numbersIn(recording.capture);
    const there = new Set(numbers);
    t.same(
      answered.filter((number) => !there.has(number)),
      [],
      `${answered.length} of ${there.size} have to be there`,
    );
    t.equal(there.size, numbers.length, 'none is there twice');
    t.same((await runWarm(['-nqr', recording.capture])).code, 0, 'the file is whole');
    const beside = readdirSync(dirname(recording.capture)).filter((name) => name !== basename(recording.capture));
    t.same(beside, [], 'nothing is left beside it');
  },
);

t.test('the main process is killed: workers save what it had not written', async (t) => {
  const origin = await startOrigin(t, 400_000);
  const capture = join(folder(t), 'capture.bin');
  const answered: number[] = [];
  let next = 0;
  for (let round = 0; round < 5; round++) {
    const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', '-w', `+${capture}`, ...WORKERS]);
    const load = new Load(await program.port(), (number) => origin.url(`/${number}`), 8, next);
    await until(() => load.answered.size > 20, 'answers');
    const workers = workersOf(program);
    program.child.kill('SIGKILL');
    await load.stop();
    // Its stderr stays open until the workers have ended.
    await program.ended;
    for (const pid of workers) await until(() => hasEnded(pid), 'the end of the worker');
    next = load.next;
    answered.push(...load.answered.keys());
    const numbers = await numbersIn(capture);
    const there = new Set(numbers);
    t.same(
      answered.filter((number) => !there.has(number)),
      [],
      `round ${round}: ${answered.length} of ${there.size} have to be there`,
    );
    t.equal(there.size, numbers.length, 'none is there twice');
  }
  const last = new Tsdump(t, ['-p', '0', '-w', `+${capture}`, ...WORKERS]);
  await last.port();
  last.child.kill('SIGTERM');
  t.equal((await last.ended).code, 0);
  t.same(readdirSync(dirname(capture)), [basename(capture)], 'what was beside the file is in it');
  const there = new Set(await numbersIn(capture));
  t.same(
    answered.filter((number) => !there.has(number)),
    [],
  );
});

t.test('each worker runs the scripts', async (t) => {
  const origin = await small(t);
  const script = join(folder(t), 'number.mjs');
  writeFileSync(
    script,
    `let number;
export function load({ worker }) { number = worker; }
export function request(flow) { if (flow.request.path.endsWith('3')) throw new Error('three'); }
export function flowEnd(flow) { flow.metadata.worker = number; }
`,
  );
  const recording = await Recording.start(t, { args: [...WORKERS, '-s', script] });
  const sent = await requests(recording.port, origin, 16);
  const { stderr } = await recording.stop(t).catch((error) => error);
  t.match(stderr, /three/);
  const flows = await readCapture(recording.capture);
  t.equal(flows.length, sent.length, 'flows go on');
  t.same(new Set(flows.map(({ flow }) => flow.metadata.worker)), new Set([1, 2]));
});

t.test('a script that has to run in one process', async (t) => {
  const origin = await small(t);
  const script = join(folder(t), 'alone.mjs');
  writeFileSync(script, 'export const workers = 1;\nexport function request() {}\n');
  const refused = await run(t, ['-p', '0', ...WORKERS, '-s', script]);
  t.equal(refused.code, 2);
  t.match(refused.stderr, /alone\.mjs/);
  const recording = await Recording.start(t, { args: ['--workers', 'auto', '-s', script] });
  const sent = await requests(recording.port, origin);
  t.ok(workersOf(recording.program).length <= 1);
  await recording.stop(t);
  t.equal((await numbersIn(recording.capture)).length, sent.length);
});

t.test('what is wrong is reported as with one process', async (t) => {
  const taken = await small(t);
  const cases: readonly [args: readonly string[], code: number, text: RegExp][] = [
    [['-p', String(taken.port)], 3, /the address is in use/],
    [['-p', '0', '--set', 'block_list=x'], 2, /block_list|block-list/],
    [['-p', '0', '--modify-headers', 'x'], 2, /modify/],
    [['-p', '0', '-s', '/nowhere/script.ts'], 2, /script\.ts/],
    [['-p', '0', '-w', '/nowhere/file.bin'], 5, /file\.bin/],
  ];
  for (const [args, code, text] of cases) {
    const ended = await run(t, [...args, ...WORKERS]);
    t.equal(ended.code, code, args.join(' '));
    t.match(ended.stderr, text);
  }
});

t.test('ends: a number of flows, and a reader of -w - that closes the pipe', async (t) => {
  const origin = await small(t);
  const counted = new Tsdump(t, ['-p', '0', ...WORKERS, '--max-flows', '20', '--flow-detail', '0']);
  const load = new Load(await counted.port(), (number) => origin.url(`/${number}`));
  t.equal((await counted.ended).code, 0);
  await load.stop();
  const piped = new Tsdump(t, ['-p', '0', ...WORKERS, '-w', '-', '--flow-detail', '0']);
  const more = new Load(await piped.port(), (number) => origin.url(`/${number}`));
  piped.child.stdout!.destroy();
  t.equal((await piped.ended).code, 5);
  await more.stop();
});

t.test('a worker that a script keeps busy is killed at the end', async (t) => {
  const loop = 'export function request() { process.stderr.write("in the loop\\n"); for (;;); }';
  const script = write(join(folder(t), 'busy.js'), loop);
  for (const signals of ['one', 'two', 'many']) {
    const args = [...WORKERS, '-s', script, '--set', 'shutdown_timeout=0'];
    const { program, port } = await Recording.start(t, { args });
    const workers = workersOf(program);
    t.equal(workers.length, 2);
    const client = await Wire.connect(port);
    client.send('GET http://127.0.0.1:9/ HTTP/1.1\r\nHost: a\r\n\r\n');
    await program.logged(/in the loop/);
    program.child.kill('SIGINT');
    await until(() => workers.some(hasEnded), 'the end of the other worker');
    if (signals === 'two') program.child.kill('SIGINT');
    if (signals === 'many') await until(() => !program.child.kill('SIGINT'), 'the end of the parent');
    const { stderr, signal } = await program.ended;
    await until(() => workers.every(hasEnded), 'the end of all workers');
    if (signals === 'many') t.equal(signal, 'SIGINT');
    else t.match(stderr, /Worker \d \(process \d+\) does not answer, and is killed if this goes on\./);
  }
});
