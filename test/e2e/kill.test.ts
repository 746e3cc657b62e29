import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Tsdump } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { folder } from '../support/folder.js';
import { rounds } from '../support/rounds.js';
import { until } from '../support/until.js';
import { killUnderLoad, startOrigin } from './support/kills.js';
import { Load } from './support/load.js';
import { numbersIn } from './support/recording.js';

/** Bytes of an answer that is on disk before it is in the capture. */
const LARGE = 1_000_000;

for (const [args, name] of [
  [[], 'without fsync'],
  [['--set', 'fsync=true'], 'with fsync'],
] as const) {
  t.test(`SIGKILL in a loop under load, ${name}: what was answered a second before is there`, async (t) => {
    const origin = await startOrigin(t, LARGE);
    const capture = join(folder(t), 'capture.flows');
    const damage = /the end is cut off: the record at offset \d+ is incomplete/;
    await killUnderLoad(t, origin, { capture, args, rounds: rounds(3, 10), clients: 8, damage });
    const last = new Tsdump(t, ['-p', '0', '-w', `+${capture}`, ...args]);
    await last.port();
    last.child.kill('SIGTERM');
    t.equal((await last.ended).code, 0);
    t.same(await runWarm(['-nqr', capture]).then(({ code, stderr }) => [code, stderr]), [0, ''], 'the file is whole');
    const all = await numbersIn(capture);
    t.equal(new Set(all).size, all.length, 'no flow is there twice');
  });
}

t.test('a torn end: reported when it is read, cut off before flows are appended', async (t) => {
  const origin = await startOrigin(t, LARGE);
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
  const read = await runWarm(['-nqr', capture]);
  t.equal(read.code, 4);
  t.match(read.stderr, `the record at offset ${whole.length} is incomplete`);
  t.match(await record(`+${capture}`, 2), `500 bytes at offset ${whole.length} were removed before appending`);
  t.same((await runWarm(['-nqr', capture])).code, 0);
  t.ok(statSync(capture).size > whole.length);
  t.same(new Set(await numbersIn(capture)), new Set([1, 2]));
});
