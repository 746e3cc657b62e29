import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { run } from '../cli/tsdump.js';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { type CommandResult, command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { brokenLinks } from './support/links.js';
import { mirror, Origin } from './support/origin.js';
import { Recording } from './support/recording.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What a new clone does not have. */
const MADE = new Set(['node_modules', 'dist', '.git', '.tap', '.cache']);
/** What the package does not need, and takes long to compile. */
const TESTS = 'test';
const MODULES = join(ROOT, 'node_modules');
/** Errors of npm when it does not reach the registry and has not kept what it needs. */
const OFFLINE =
  /npm error code (ENOTCACHED|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH|ECONN\w+|ETIMEDOUT|ERR_SOCKET_TIMEOUT)/;

/** Milliseconds: npm unpacks some hundred files, which takes long on a busy machine. */
const PATIENCE = 300_000;
t.setTimeout(PATIENCE);

t.test('the package: packed from a clone, installed, run', needs('npm', 'curl'), async (t) => {
  const clone = cloneOf(folder(t));
  const { file, files } = await pack(clone);
  t.strictSame(files, expectedFiles(clone), 'the package has what was built of today’s sources, and nothing else');
  t.strictSame(brokenLinks(clone, files), [], 'links of its pages lead to files of the package');

  const prefix = folder(t);
  const installed = await npm(prefix, ['install', '--global', '--prefix', prefix, '--prefer-offline', file]);
  if (installed.code !== 0 && OFFLINE.test(installed.stderr) && !process.env.TSDUMP_TEST_EVERYTHING) {
    const skip = 'npm has not kept the packages that tsdump needs, and does not reach the registry';
    t.pass('it is installed', { skip });
    return;
  }
  t.equal(installed.code, 0, 'it is installed', { stderr: installed.stderr });
  const home = join(prefix, 'lib/node_modules/tsdump');
  const program = join(prefix, 'bin/tsdump');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  t.match(String((await command(program, ['--version'])).stdout), `${version}\n`);

  await t.test('it records and reads', async (t) => recordAndRead(t, program));
  await t.test('an addon is compiled with its types, and runs', async (t) => useTypes(t, home));
  await t.test('scripts run, also where esbuild is missing', async (t) => runScripts(t, program, home));
  renameSync(join(home, 'node_modules/commander'), join(home, 'node_modules/renamed'));
  const { code, stderr } = await run(t, ['-h'], { program });
  t.equal(code, 3, 'a package that is missing is no error of tsdump');
  t.match(
    stderr,
    /^tsdump: the installation is incomplete, install tsdump again: Cannot find package 'commander' .* \[installation-incomplete\]\n$/,
  );
});

/** @returns the folder, with the sources of this repository as `git clone && npm install --ignore-scripts` leave them */
function cloneOf(dir: string): string {
  for (const name of readdirSync(ROOT)) {
    if (!MADE.has(name) && name !== TESTS) cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  }
  symlinkSync(MODULES, join(dir, 'node_modules'));
  return dir;
}

/** @returns the package file, and the paths of its content in order */
async function pack(clone: string): Promise<{ file: string; files: string[] }> {
  for (const path of ['dist/src/flow', 'dist/program']) {
    mkdirSync(join(clone, path), { recursive: true });
    write(join(clone, path, 'of-an-older-build.d.ts'), '');
  }
  const { code, stdout, stderr } = await npm(clone, ['pack', '--json', '--ignore-scripts=false']);
  const text = String(stdout);
  if (code !== 0) throw new Error(`It could not be packed: ${text}${stderr}`);
  // What the scripts print stands before it.
  const [{ filename, files }] = JSON.parse(text.slice(text.lastIndexOf('\n[') + 1)) as [
    { filename: string; files: { path: string }[] },
  ];
  return { file: join(clone, filename), files: files.map(({ path }) => path).sort() };
}

function expectedFiles(clone: string): string[] {
  const list = (path: string) => readdirSync(join(clone, path), { recursive: true, encoding: 'utf8' });
  const modules = list('src').filter((path) => path.endsWith('.ts'));
  return [
    ...['LICENSE', 'README.md', 'package.json', 'bin/package.json', 'bin/tsdump', 'bench/README.md'],
    ...list('docs').map((path) => `docs/${path}`),
    ...list('examples/addons')
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `examples/addons/${path}`),
    ...list('dist/program').map((path) => `dist/program/${path}`),
    ...modules.filter((path) => path.startsWith('flow/')).map((path) => `dist/src/${path.replace(/ts$/, 'd.ts')}`),
  ].sort();
}

/** Runs npm with the settings of the user, and without those of an npm that runs the tests. */
function npm(cwd: string, args: readonly string[]): Promise<CommandResult> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|TAP|NODE_OPTIONS$)/i.test(name)),
  );
  const quick = ['--no-audit', '--no-fund', '--no-update-notifier'];
  if (!process.env.TSDUMP_TEST_EVERYTHING) quick.push('--fetch-retries=0', '--fetch-timeout=30000');
  return command('npm', [...args, ...quick], { cwd, env, timeout: PATIENCE });
}

async function recordAndRead(t: Test, program: string): Promise<void> {
  const upstream = testAuthority();
  const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const args = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
  const recording = await Recording.start(t, { program, args });
  const url = origin.url('/packed', 'localhost');
  const { stdout, stderr } = await curl(recording.url, ['--cacert', recording.ca, url]);
  t.equal(String(stdout), 'GET /packed 0\n', 'the answer comes', { stderr });
  await recording.stop(t);
  const read = await run(t, ['-nr', recording.capture, '--flow-detail', '1'], { program });
  t.equal(read.code, 0);
  t.match(String(read.stdout), `GET ${url}`);
}

async function runScripts(t: Test, program: string, home: string): Promise<void> {
  const dir = folder(t);
  const check = "import { Headers } from 'tsdump';\nexport const load = (";
  const scripts = [
    write(join(dir, 'a.mjs'), `${check}{ log }) => log.info(typeof Headers);\n`),
    write(join(dir, 'a.ts'), `${check}{ log }: any): void => log.info(typeof Headers);\n`),
  ];
  const runOf = (script: string) => run(t, ['-nr', '/dev/null', '-s', script], { program });
  for (const script of scripts) t.match(await runOf(script), { code: 0, stderr: 'tsdump: function\n' }, script);
  renameSync(join(home, 'node_modules/esbuild'), join(home, 'node_modules/not-esbuild'));
  t.match(await runOf(scripts[0]!), { code: 0, stderr: 'tsdump: function\n' }, 'JavaScript without it');
  const strips = 'typescript' in process.features && process.features.typescript;
  if (!strips) t.match(await runOf(scripts[1]!), { code: 2, stderr: /a\.ts: TypeScript needs esbuild/ });
  renameSync(join(home, 'node_modules/not-esbuild'), join(home, 'node_modules/esbuild'));
}

async function useTypes(t: Test, home: string): Promise<void> {
  const dir = folder(t);
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(home, join(dir, 'node_modules/tsdump'));
  symlinkSync(join(MODULES, '@types'), join(dir, 'node_modules/@types'));
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'] };
  write(join(dir, 'package.json'), '{ "type": "module" }');
  write(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['addon.ts'] }));
  write(
    join(dir, 'addon.ts'),
    `import { type Addon, Headers, type HttpFlow } from 'tsdump';
const addon: Addon = {
  name: 'addon',
  request(flow: HttpFlow) {
    flow.request.headers.set('X-Addon', 'yes');
  },
};
// @ts-expect-error a name is a string: the types are there
const wrong: Addon = { name: 1 };
console.log(addon.name, typeof wrong, typeof Headers);
`,
  );
  const compiled = await command(process.execPath, [join(MODULES, 'typescript/bin/tsc'), '-p', dir]);
  t.equal(compiled.code, 0, 'it is compiled', { stdout: String(compiled.stdout) });
  t.equal(String((await command(process.execPath, [join(dir, 'addon.js')])).stdout), 'addon object function\n');
}
