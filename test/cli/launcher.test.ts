import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { command } from '../e2e/support/command.js';
import { folder, write } from '../support/folder.js';
import { PROGRAM } from './tsdump.js';

const MAIN = 'dist/program/main.js';

/** What else the folder of the launcher has, and what it says there; `FOLDER` is that folder. */
const CASES: [title: string, files: Record<string, string>, stderr: string][] = [
  ['a clone', { 'src/cli/main.ts': '' }, 'not built yet, run "npm install" in FOLDER'],
  ['a package', {}, 'FOLDER was packed without being built, install tsdump again without --ignore-scripts'],
  [
    'half a build',
    { [MAIN]: "import './start.js';" },
    `the installation is incomplete, install tsdump again: Cannot find module 'FOLDER/dist/program/start.js' imported from FOLDER/${MAIN}`,
  ],
  [
    'a package is missing',
    { [MAIN]: "import 'tsdump-needs-this';" },
    `the installation is incomplete, install tsdump again: Cannot find package 'tsdump-needs-this' imported from FOLDER/${MAIN}`,
  ],
];

for (const [title, files, stderr] of CASES) {
  t.test(title, async (t) => {
    const dir = install(folder(t), files);
    const ended = await command(process.execPath, [join(dir, 'bin/tsdump'), '-h']);
    t.match(ended, { code: 3, stdout: Buffer.alloc(0) });
    t.equal(ended.stderr.replaceAll(dir, 'FOLDER'), `tsdump: ${stderr} [installation-incomplete]\n`);
    const { code, stderr: ofVersion } = await command(process.execPath, [join(dir, 'bin/tsdump'), '--version']);
    t.equal(code, 3);
    t.match(ofVersion, /^tsdump: [^\n]+ \[installation-incomplete\]\n$/);
  });
}

t.test('--version', async (t) => {
  const version = "module.exports = { versionText: () => 'a version\\n' };";
  const dir = install(folder(t), { 'dist/program/version.cjs': version });
  const program = join(dir, 'bin/tsdump');
  const ended = await command(process.execPath, [program, '--version']);
  t.match(ended, { code: 0, stdout: Buffer.from('a version\n'), stderr: '' });
  const closed = await command('sh', ['-c', '"$@" >&-', 'sh', process.execPath, program, '--version']);
  t.match(closed, { code: 0, stderr: '' });
  const gone = await command('sh', [
    '-c',
    '{ "$@"; echo $? >&2; } | true',
    'sh',
    process.execPath,
    program,
    '--version',
  ]);
  t.match(gone, { stderr: '0\n' });
});

t.test('an error of the program is shown as it is', async (t) => {
  const dir = install(folder(t), { [MAIN]: "throw new Error('of its own');" });
  const { code, stderr } = await command(process.execPath, [join(dir, 'bin/tsdump')]);
  t.equal(code, 1);
  t.match(stderr, /Error: of its own\n {4}at /);
});

t.test('options of Node', async (t) => {
  const dir = install(folder(t), { [MAIN]: "console.log('runs');" });
  const ended = await command(process.execPath, ['--disallow-code-generation-from-strings', join(dir, 'bin/tsdump')]);
  t.match(ended, { code: 3, stdout: Buffer.alloc(0), stderr: /^tsdump: .+ \[start-failed\]\n$/ });
});

t.test('versions of Node', async (t) => {
  const dir = install(folder(t), { [MAIN]: "console.log('runs');" });
  const versions: [string, boolean][] = [
    ['9.11.2', false],
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['22.0.0', true],
    ['100.0.0', true],
  ];
  for (const [node, runs] of versions) {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${node}' } });`;
    const preload = write(join(dir, 'preload.cjs'), pretend);
    const ended = await command(process.execPath, ['-r', preload, join(dir, 'bin/tsdump')]);
    t.equal(ended.code, runs ? 0 : 3, node);
    t.equal(String(ended.stdout), runs ? 'runs\n' : '');
    t.equal(ended.stderr, runs ? '' : `tsdump: Node.js 20.19 or newer is needed, this is ${node} [start-failed]\n`);
  }
});

/** @returns the folder, with the launcher and these files */
function install(dir: string, files: Record<string, string>): string {
  const bin = dirname(PROGRAM);
  mkdirSync(join(dir, 'bin'));
  for (const name of ['tsdump', 'package.json']) copyFileSync(join(bin, name), join(dir, 'bin', name));
  write(join(dir, 'package.json'), '{ "type": "module" }');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    write(join(dir, path), content);
  }
  return dir;
}
