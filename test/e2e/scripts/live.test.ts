import { renameSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { folder, write } from '../../support/folder.js';
import { needs } from '../support/command.js';
import { curl } from '../support/curl.js';
import { mirror, Origin } from '../support/origin.js';
import { Recording } from '../support/recording.js';

t.setTimeout(300_000);

const version = (name: string, more = ''): string => `import { name } from './name.js';
let log;
export function load({ log: given, signal }) {
  log = given;
  signal.addEventListener('abort', () => log.info('aborted ' + name + '${name}'));
  log.info('load ' + name + '${name}');
}
export function running() { log.info('running ' + name + '${name}'); }
export function done() { log.info('done ' + name + '${name}'); }
export async function response(flow) {
  await 1;
  flow.response.headers.set('X-Version', name + '${name}');
}
${more}`;

async function header(t: Test, recording: Recording, url: string): Promise<string> {
  const { stdout, stderr, code } = await curl(recording.url, ['-D', '-', '-o', '/dev/null', url]);
  t.equal(code, 0, 'curl', { stderr });
  return /^X-Version: (.*)\r$/m.exec(String(stdout))?.[1] ?? 'none';
}

t.test('a script changes what curl gets and what is recorded, and is loaded again', needs('curl'), async (t) => {
  const dir = folder(t);
  const script = write(join(dir, 'addon.ts'), version('1'));
  write(join(dir, 'name.ts'), "export const name: string = 'a';\n");
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: ['-s', script] });
  const { program } = recording;
  t.equal(await header(t, recording, origin.url('/1')), 'a1');

  write(script, version('2'));
  await program.logged(/running a2[\s\S]*loaded again/);
  t.equal(await header(t, recording, origin.url('/2')), 'a2', 'written in place');

  write(join(dir, 'addon.ts~'), version('3'));
  renameSync(join(dir, 'addon.ts~'), script);
  await program.logged(/running a3[\s\S]*loaded again/);
  t.equal(await header(t, recording, origin.url('/3')), 'a3', 'replaced by another file');

  renameSync(script, join(dir, 'backup'));
  write(script, version('4'));
  await program.logged(/running a4[\s\S]*loaded again/);
  t.equal(await header(t, recording, origin.url('/4')), 'a4', 'moved away and written anew');

  write(join(dir, 'name.ts'), "export const name: string = 'b';\n");
  await program.logged(/running b4[\s\S]*loaded again/);
  t.equal(await header(t, recording, origin.url('/5')), 'b4', 'a file that it imports');

  write(script, version('5', "import './missing.js';"));
  await program.logged(/addon\.ts:\d+:\d+: .*missing[\s\S]*cannot be loaded/);
  t.equal(await header(t, recording, origin.url('/6')), 'b4', 'what does not load changes nothing');
  write(join(dir, 'missing.ts'), 'export {};\n');
  await program.logged(/running b5[\s\S]*loaded again/);
  t.equal(await header(t, recording, origin.url('/7')), 'b5', 'once the missing file is there');

  write(script, version('6', "throw new Error('top');"));
  await program.logged(/addon\.ts:\d+:7: Error: top[\s\S]*cannot be loaded/);
  write(script, version('7').replace("log.info('load", "throw new Error('in load'); log.info('load"));
  await program.logged(/addon\.ts:\d+:\d+: Error: in load[\s\S]*cannot be loaded/);
  t.equal(await header(t, recording, origin.url('/8')), 'b5');
  write(script, version('8'));
  await program.logged(/running b8[\s\S]*loaded again/);
  write(script, 'export {};\n');
  await program.logged(/exports no hook[\s\S]*loaded again[\s\S]*exports no hook|exports no hook[\s\S]*loaded again/);
  t.equal(await header(t, recording, origin.url('/9')), 'none', 'nothing is left of it');
  write(script, version('9'));
  await program.logged(/running b9[\s\S]*loaded again/);
  t.equal(await header(t, recording, origin.url('/10')), 'b9');

  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => flow.response?.headers.get('x-version')),
    ['a1', 'a2', 'a3', 'a4', 'b4', 'b4', 'b5', 'b5', null, 'b9'].map((each) => each ?? undefined),
  );
  const { stderr } = await program.ended;
  for (const each of ['a1', 'a2', 'a3', 'a4', 'b4', 'b5', 'b8', 'b9']) {
    for (const what of ['load', 'running', 'aborted', 'done']) {
      t.equal(stderr.split(`${what} ${each}\n`).length - 1, 1, `${what} ${each} once`);
    }
  }
  const order = ['load a2', 'aborted a1', 'done a1', 'running a2'].map((each) => stderr.indexOf(each));
  t.same(
    order,
    [...order].sort((a, b) => a - b),
    'in order',
  );
});

t.test('hooks that never settle do not prevent later reloads', async (t) => {
  const endless = (name: string): string => `
const never = new Promise(() => {});
export function load({ log }) { log.info('load ${name}'); }
export function running() { return ${name === '1' ? 'undefined' : 'never'}; }
export function done() { return never; }`;
  const script = write(join(folder(t), 'addon.mjs'), endless('1'));
  const { program } = await Recording.start(t, { args: ['-s', script] });
  for (const name of ['2', '3', '4']) {
    write(script, endless(name));
    await program.logged(new RegExp(`load ${name}[\\s\\S]*loaded again`));
  }
});

t.test('a running hook that never settles does not prevent shutdown', async (t) => {
  const text = 'export const running = () => new Promise(() => {});\n';
  const { program } = await Recording.start(t, { args: ['-s', write(join(folder(t), 'addon.mjs'), text)] });
  program.child.kill('SIGTERM');
  t.equal((await program.ended).code, 0);
});

t.test('a script that changes several times while it is loaded is loaded once more', async (t) => {
  const slow = (name: string): string => `
export async function load({ log }) {
  log.info('load ${name}');
  await new Promise((resolve) => setTimeout(resolve, 300));
}
export function request() {}`;
  const script = write(join(folder(t), 'addon.mjs'), slow('1'));
  const { program } = await Recording.start(t, { args: ['-s', script] });
  write(script, slow('2'));
  await program.logged(/load 2/);
  write(script, slow('3'));
  write(script, slow('4'));
  await program.logged(/load 4[\s\S]*loaded again/);
  write(script, slow('5'));
  await program.logged(/load 5[\s\S]*loaded again/);
  program.child.kill('SIGINT');
  const { stderr } = await program.ended;
  t.equal(stderr.split('load 4\n').length - 1, 1);
});

t.test('failing hooks: one long message, then a count', needs('curl'), async (t) => {
  const script = write(
    join(folder(t), 'addon.mjs'),
    `export async function requestHeaders(flow) {
  flow.request.headers.set('X-Before', 'yes');
  await 1;
  flow.nothing.here = 1;
}
export function responseHeaders() {
  throw 'just text';
}
export const flowEnd = () => Promise.reject(new Error('late'));
setTimeout(() => { throw new Error('stray'); }, 1);
Promise.reject(new Error('floating'));
`,
  );
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: ['-s', script] });
  for (const path of ['/1', '/2', '/3']) {
    const { stdout } = await curl(recording.url, [origin.url(path)]);
    t.equal(String(stdout), `GET ${path} 0\n`, 'the flow goes on');
  }
  t.ok(
    origin.received.every(({ headers }) => headers.includes('X-Before: yes')),
    'as the hook left it',
  );
  recording.program.child.kill('SIGINT');
  const { code, stderr } = await recording.program.ended;
  t.equal(code, 0);
  const count = (text: string | RegExp) => stderr.split(text).length - 1;
  for (const [place, hook, reason] of [
    ['4:16', 'requestHeaders', 'TypeError: Cannot set properties'],
    ['6:17', 'responseHeaders', "threw 'just text'"],
    ['9:45', 'flowEnd', 'Error: late'],
  ] as const) {
    t.equal(count(`addon.mjs:${place}: ${hook} failed in flow`), 1, `${hook} is reported once`, { stderr });
    t.ok(stderr.includes(reason), reason);
    t.ok(stderr.includes(`addon.mjs:${place}: ${hook} failed 3 times in all.`), 'and counted');
  }
  t.match(stderr, /addon\.mjs:10:\d+: error that nothing caught: Error: stray/);
  t.match(stderr, /addon\.mjs:11:\d+: error that nothing caught: Error: floating/);
});

t.test('script_timeout, and shutdown with an exit code', needs('curl'), async (t) => {
  const script = write(
    join(folder(t), 'addon.ts'),
    `let end: (code?: number) => void;
export function load(context: { shutdown: typeof end }) { end = context.shutdown; }
export function request(flow: any) {
  return flow.request.path === '/hang' ? new Promise(() => {}) : undefined;
}
export const flowEnd = (flow: any) => (flow.request.path === '/end' ? end(9) : 'a value');
`,
  );
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: ['-s', script, '--set', 'script_timeout=0.05'] });
  const { stdout } = await curl(recording.url, [origin.url('/hang')]);
  t.equal(String(stdout), 'GET /hang 0\n');
  await recording.program.logged(/addon\.ts:3:17: request failed in flow \S+: .*script_timeout/);
  await curl(recording.url, [origin.url('/end')]);
  t.equal((await recording.program.ended).code, 9);
});
