import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run, Tsdump } from '../cli/tsdump.js';
import { folder } from '../support/folder.js';
import { until } from '../support/until.js';
import { Load } from './support/load.js';
import { Origin } from './support/origin.js';
import { numbersIn } from './support/recording.js';

const ROUNDS = 4;

/** Answers that are small, and some that are on disk before they are in the capture. */
function startOrigin(t: Test): Promise<Origin> {
  return Origin.start(t, ({ target }, response) => {
    response.end(Buffer.alloc(Number(target.slice(1)) % 10 === 0 ? 1_000_000 : 1000, target));
  });
}

for (const [args, name] of [
  [[], 'without fsync'],
  [['--set', 'fsync=true'], 'with fsync'],
] as const) {
  t.test(`SIGKILL in a loop under load, ${name}: what was answered a second before is there`, async (t) => {
    const origin = await startOrigin(t);
    const capture = join(folder(t), 'capture.flows');
    const expected: number[] = [];
    let next = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', '-w', `+${capture}`, ...args]);
      const load = new Load(await program.port(), (number) => origin.url(`/${number}`), 8, next);
      await until(() => load.lasts, 'some answers');
      const killed = performance.now();
      program.child.kill('SIGKILL');
      await program.ended;
      await load.stop();
      next = load.next;
      for (const [number, time] of load.answered) if (time < killed - 1000) expected.push(number);

      const there = new Set(await numbersIn(capture));
      const missing = expected.filter((number) => !there.has(number));
      t.same(missing, [], `round ${round}: ${expected.length} of ${there.size} have to be there`);
      const { code, stderr } = await run(t, ['-nqr', capture]);
      t.ok([0, 4].includes(code!), `exit code ${code}`);
      if (code === 4) t.match(stderr, /the end is cut off: the record at offset \d+ is not whole/);
    }
    const last = new Tsdump(t, ['-p', '0', '-w', `+${capture}`, ...args]);
    await last.port();
    last.child.kill('SIGTERM');
    t.equal((await last.ended).code, 0);
    t.same(await run(t, ['-nqr', capture]).then(({ code, stderr }) => [code, stderr]), [0, ''], 'the file is whole');
    const all = await numbersIn(capture);
    t.equal(new Set(all).size, all.length, 'no flow is there twice');
  });
}

t.test('a torn end: reported when it is read, cut off before flows are appended', async (t) => {
  const origin = await startOrigin(t);
  const capture = join(folder(t), 'capture.flows');
  const record = async (spec: string, number: number): Promise<string> => {
    const program = new Tsdump(t, ['-p', '0', '-w', spec]);
    const load = new Load(await program.port(), () => origin.url(`/${number}`), 1);
    await until(() => load.answered.size > 0, 'an answer');
    await load.stop();
    program.child.kill('SIGINT');
    const { code, stderr } = await program.ended;
    t.equal(code, 0);
    return stderr;
  };
  await record(capture, 1);
  const whole = readFileSync(capture);
  writeFileSync(capture, Buffer.concat([whole, whole.subarray(0, 500)]));
  const read = await run(t, ['-nqr', capture]);
  t.equal(read.code, 4);
  t.match(read.stderr, `the record at offset ${whole.length} is not whole`);
  t.match(await record(`+${capture}`, 2), `500 bytes at offset ${whole.length} were cut off before appending`);
  t.same((await run(t, ['-nqr', capture])).code, 0);
  t.ok(statSync(capture).size > whole.length);
  t.same(new Set(await numbersIn(capture)), new Set([1, 2]));
});
