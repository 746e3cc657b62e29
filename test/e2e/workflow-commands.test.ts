import { join } from 'node:path';
import t from 'tap';
import { DnsFlow } from '../../src/flow/flow.js';
import { NativeWriter } from '../../src/serialize/native/native-writer.js';
import { FileSink } from '../../src/serialize/output/file-sink.js';
import { run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { plainHttpFlow, sampleFlows, tcpFlow, upgradedFlow } from '../serialize/sample-flows.js';
import { folder } from '../support/folder.js';

const COMMANDS = [
  '::set-output name=x::y',
  '  ::add-mask::secret',
  '::stop-commands::token',
  '##[command]rm -rf /',
  '##[set-env name=PATH;]x',
  '##vso[task.setvariable variable=x]y',
  "##teamcity[buildStatus status='FAILURE']",
  ':\x1b[31m:set-output name=x\x1b[0m::y',
  ':::::::',
];
const COMMAND = /::|##[[a-z]/i;

/** A capture in which everything that a peer chooses is full of commands. */
async function writeCapture(path: string): Promise<void> {
  const onError = (error: Error): void => {
    throw error;
  };
  const writer = new NativeWriter(await FileSink.open(path), { onError });
  for (const command of COMMANDS) {
    const text = `${COMMANDS.join('\n')}\r\n${command}\r${'x'.repeat(16 * 1024 - 1)}::${':'.repeat(5000)}`;
    const flow = plainHttpFlow(`/${encodeURI(command)}`, text);
    const visible = command.replace(/[^\x20-\x7e]/g, '');
    flow.request.headers.set('X-Command', visible);
    flow.response!.reason = visible;
    flow.response!.headers.set('Content-Type', 'text/plain');
    flow.response!.headers.set('X-Command', visible);
    await writer.write(flow);

    const json = plainHttpFlow('/json', JSON.stringify({ [command]: [command, { a: command }] }));
    json.response!.headers.set('Content-Type', 'application/json');
    json.error = { message: command, timestamp: 1 };
    await writer.write(json);
    const form = plainHttpFlow('/form', `${encodeURIComponent(command)}=${encodeURIComponent(command)}`);
    form.response!.headers.set('Content-Type', 'application/x-www-form-urlencoded');
    form.response!.body.complete = false;
    await writer.write(form);
    const dns = sampleFlows().find((one) => one instanceof DnsFlow)!;
    dns.request.questions[0]!.name = command;
    await writer.write(dns);
  }
  for (const flow of [tcpFlow(), upgradedFlow()]) {
    flow.error = { message: COMMANDS.join('\n'), timestamp: 1 };
    await writer.write(flow);
  }
  await writer.close();
}

/** Output as a reader may see it that removes colors first. */
function withoutColors(text: string): string {
  return text.replace(/\x1b\[[\d;]*m/g, '');
}

const VIEWS: string[][] = [
  ['--flow-detail', '1'],
  ['--flow-detail', '2', '-v'],
  ['--flow-detail', '3'],
  ['--flow-detail', '4'],
  ['--stat'],
  ['--stat-json'],
  ['--flow-detail', '0', '--fail-on', '~all', '--fail-on', '~u ::set', '--report', 'md=-'],
  ['--flow-detail', '0', '--fail-on', '~all', '--report', 'json=-'],
  ['--flow-detail', '0', '--fail-on', '~all', '--report', 'junit=-'],
  ['--set', 'dumper_filter=~x::set'],
];

t.test('nothing that is printed can run commands of a CI runner', async (t) => {
  const capture = join(folder(t), 'in.bin');
  await writeCapture(capture);
  for (const args of VIEWS) {
    const color = args.includes('-v') ? 'never' : 'always';
    const all = ['-nr', capture, '--color', color, ...args];
    const guarded = runWarm(all, { env: { GITHUB_ACTIONS: 'true' } });
    const plain = await runWarm(all);
    t.match(withoutColors(plain.stdout + plain.stderr), COMMAND, `there are commands: ${args.join(' ')}`);
    const { stdout, stderr, code } = await guarded;
    t.equal(code, plain.code);
    const own = /^::error title=[^:\n]*::[^\n]*$/gm;
    for (const line of stderr.match(own) ?? []) t.notMatch(line.replace(/^::error title=[^:]*::/, ''), COMMAND);
    const shown = stdout + stderr.replace(own, '');
    for (const text of [shown, withoutColors(shown)]) {
      const found = COMMAND.exec(text);
      t.equal(found && text.slice(Math.max(0, found.index - 40), found.index + 40), null, all.slice(2).join(' '));
    }
    t.equal(String(stdout).split('\n').length, String(plain.stdout).split('\n').length, 'lines stay');
    if (args.includes('--stat-json') || args.includes('json=-')) {
      const ignored = /"(id|started|duration)":[^,]*,/g;
      const values = (text: Buffer) => JSON.stringify(JSON.parse(String(text))).replace(ignored, '');
      t.equal(values(stdout), values(plain.stdout), 'JSON keeps its meaning');
    }
  }
});

t.test('annotations', async (t) => {
  const capture = join(folder(t), 'in.bin');
  await writeCapture(capture);
  const { stderr } = await run(t, ['-nqr', capture, '--fail-on', '~u "set|%,", x:y'], {
    env: { GITHUB_ACTIONS: 'true' },
  });
  t.notMatch(stderr, /^::error/m, 'a wrong filter is no failed check');
  const failed = await runWarm(['-nqr', capture, '--fail-on', '~u /%0A|set'], { env: { GITHUB_ACTIONS: 'true' } });
  const lines = failed.stderr.match(/^::.*$/gm) ?? [];
  t.equal(lines.length, 1, 'one line');
  t.match(lines[0], /^::error title=tsdump checks%3A --fail-on '~u \/%250A|set'::expected no flow/);
  t.match(lines[0], /%0AGET http/, 'with the flows');
  t.notMatch(failed.stderr, /\r/);
});
