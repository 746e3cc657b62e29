import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeFlows } from '../cli/flows.js';
import { commandOf, HOME, Tsdump } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { folder } from '../support/folder.js';
import { until } from '../support/until.js';
import { Load } from './support/load.js';
import { Origin } from './support/origin.js';
import { needsPython, python } from './support/python.js';
import { numbersIn } from './support/recording.js';

interface Busy {
  dir: string;
  capture: string;
  program: Tsdump;
  load: Load;
}

/** The program, recording into `flows.bin` what many clients ask for. */
async function busy(t: Test, args: readonly string[] = [], spec = 'flows.bin'): Promise<Busy> {
  const origin = await Origin.start(t, ({ target }, response) => {
    response.end(Buffer.alloc(Number(target.slice(1)) % 50 === 0 ? 600_000 : 500, target));
  });
  const dir = folder(t);
  const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', '-w', join(dir, spec), ...args]);
  const load = new Load(await program.port(), (number) => origin.url(`/${number}`));
  return { dir, capture: join(dir, 'flows.bin'), program, load };
}

/** Ends it all. @returns the numbers of the flows in each file; each that was answered is in one of them, once */
async function finish(t: Test, { dir, program, load }: Busy): Promise<Map<string, number[]>> {
  const answered = await load.stop();
  program.child.kill('SIGTERM');
  const { code, stderr } = await program.ended;
  t.equal(
    code,
    0,
    `it ends well: ${stderr
      .split('\n')
      .filter((line) => !/connect|listening/.test(line))
      .join()}`,
  );
  const files = new Map<string, number[]>();
  for (const file of readdirSync(dir).sort()) {
    files.set(file, await numbersIn(join(dir, file)));
  }
  const read = await runWarm(['-nqr', join(dir, '*')]);
  t.same([read.code, read.stderr], [0, ''], 'all files are whole');
  const all = [...files.values()].flat().sort((one, other) => one - other);
  t.same(all, answered, `${answered.length} flows in ${files.size} files, none lost and none twice`);
  return files;
}

t.test('rotate_flows under load', async (t) => {
  const recording = await busy(t, ['--set', 'rotate_flows=40']);
  await until(() => recording.load.answered.size > 400, 'some answers');
  const files = await finish(t, recording);
  t.ok(files.size > 9, `${files.size} files`);
  for (const [file, { length }] of files) {
    if (file !== 'flows.bin') t.match(file, /^flows\.\d{8}T\d{6}\.\d{3}Z\.bin$/);
    t.ok(file === 'flows.bin' ? length <= 40 : length === 40, `${length} flows in ${file}`);
  }
  const times = [...files.keys()].map((file) => statSync(join(recording.dir, file)).mtimeMs);
  t.same(times, times.toSorted(), 'names sort by time');
});

t.test('rotate_size under load', async (t) => {
  const recording = await busy(t, ['--set', 'rotate_size=100k']);
  await until(() => recording.load.answered.size > 400, 'some answers');
  t.ok((await finish(t, recording)).size > 3);
});

t.test('rotate_interval under load, and when it is idle', async (t) => {
  const recording = await busy(t, ['--set', 'rotate_interval=0.2']);
  recording.load.hurried = false;
  await until(() => readdirSync(recording.dir).length > 4, 'some files');
  await recording.load.stop();
  await until(() => !existsSync(recording.capture), 'the last file to be completed');
  const files = await finish(t, recording);
  for (const [file, { length }] of files) t.ok(length > 0, `${file} is not empty`);
});

t.test('rotate_keep under load', async (t) => {
  const recording = await busy(t, ['--set', 'rotate_flows=20', '--set', 'rotate_keep=2']);
  await until(() => recording.load.answered.size > 200, 'some answers');
  await recording.load.stop();
  recording.program.child.kill('SIGTERM');
  t.equal((await recording.program.ended).code, 0);
  t.equal(readdirSync(recording.dir).filter((file) => file !== 'flows.bin').length, 2);
});

t.test('a name for each second under load', async (t) => {
  const recording = await busy(t, [], '%H%M%S/flows.bin');
  recording.load.hurried = false;
  await until(() => readdirSync(recording.dir).length > 2, 'some folders');
  const answered = await recording.load.stop();
  recording.program.child.kill('SIGTERM');
  t.equal((await recording.program.ended).code, 0);
  // The second in which it was started may have passed without a flow.
  const files = readdirSync(recording.dir).map((second) => join(recording.dir, second, 'flows.bin'));
  const all = (await Promise.all(files.filter((file) => existsSync(file)).map(numbersIn)))
    .flat()
    .sort((one, other) => one - other);
  t.same(all, answered, `${answered.length} flows, none lost and none twice`);
});

t.test('SIGHUP under load: a file that was moved is complete, and nothing is lost', async (t) => {
  const recording = await busy(t);
  for (let number = 1; number <= 6; number++) {
    const { size } = recording.load.answered;
    await until(() => recording.load.answered.size > size + 30, 'some answers');
    // Each second time the file is still where it was.
    if (number % 2 === 0) {
      renameSync(recording.capture, join(recording.dir, `flows.${number}.bin`));
      recording.program.child.kill('SIGHUP');
      await until(() => existsSync(recording.capture), 'the next file');
    } else recording.program.child.kill('SIGHUP');
  }
  const files = await finish(t, recording);
  t.same([...files.keys()], ['flows.2.bin', 'flows.4.bin', 'flows.6.bin', 'flows.bin']);
});

t.test('while reading', async (t) => {
  const dir = folder(t);
  const all = join(dir, 'all.bin');
  await writeFlows(all, 2500);
  const parts = join(dir, 'parts');
  const { code, stderr } = await runWarm([
    '-nqr',
    all,
    '-w',
    join(parts, '%Y', 'part.bin'),
    '--set',
    'rotate_flows=1000',
  ]);
  t.equal(code, 0, stderr);
  const year = join(parts, String(new Date().getFullYear()));
  const counts = await Promise.all(
    readdirSync(year)
      .sort()
      .map(async (file) => (await numbersIn(join(year, file))).length),
  );
  t.same(counts, [1000, 1000, 500]);
});

const WRONG: [args: string[], message: RegExp][] = [
  [['-w', '-', '--set', 'rotate_flows=5'], /^tsdump: rotate_flows: .* \[option-conflict\]\n$/],
  [['-w', '-', '--set', 'rotate_keep=5'], /^tsdump: rotate_keep: stdout/],
  [['-w', 'flows.bin', '--set', 'rotate_keep=5'], /^tsdump: rotate_keep: needs another rotate_/],
  [['-w', '/dev/null', '--set', 'rotate_size=5k'], /^tsdump: rotate_size: \/dev\/null is not a regular file/],
  [['-w', 'flows.bin', '--set', 'rotate_flows=0'], /rotate_flows: expected a whole number of 1 or more/],
  [['-w', 'flows.bin', '--set', 'rotate_size=0'], /rotate_size: expected a number of bytes of 1 or more/],
];
for (const [args, message] of WRONG) {
  t.test(args.join(' '), async (t) => {
    const { code, stderr } = await runWarm(['-p', '0', ...args]);
    t.equal(code, 2);
    t.match(stderr, message);
  });
}

/** Starts the program in a terminal, asks it to open its file again, takes the terminal away, and prints how it ends. */
const TERMINAL = `
import os, pty, signal, sys, time
capture = sys.argv[1]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said = b""
while b"listening" not in said:
    said += os.read(terminal, 1000)
os.rename(capture, capture + ".1")
os.kill(pid, signal.SIGHUP)
while not os.path.exists(capture):
    time.sleep(0.01)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

t.test('SIGHUP because the terminal is gone ends the program', needsPython(), async (t) => {
  const capture = join(folder(t), 'flows.bin');
  const args = [capture, ...commandOf(), '-p', '0', '-w', capture];
  t.equal(await python(TERMINAL, args, { HOME }), -constants.signals.SIGHUP);
});
