import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { ExitCode } from '../../src/cli/process/exit-codes.js';
import { writeFlows } from '../cli/flows.js';
import { HOME, PROGRAM } from '../cli/tsdump.js';
import { folder } from '../support/folder.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/ci.md'), 'utf8');

/** The contents of the code blocks of a language. */
function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map((found) => found[2]!);
}

/** All strings in a parsed file. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Lines that follow a backslash belong together. */
const commandLines = (script: string): string[] => script.replace(/\\\n\s*/g, '').split('\n');

const crontab = blocks('crontab').flatMap((text) => text.split('\n').filter((line) => /^[@\d*]/.test(line)));
const units = blocks('ini');
const yaml = blocks('yaml').map((text) => parse(text) as unknown);
const groovy = blocks('groovy');

/** The commands of all files, as a shell would get them. */
const commands = [
  ...yaml.flatMap(stringsIn).flatMap(commandLines),
  ...groovy.flatMap((text) => commandLines(text.replaceAll('\\\\', '\\'))),
  ...crontab.map((line) => line.replace(/^(@\w+|(\S+ ){5})\s*/, '').replaceAll('\\%', '%')),
  ...units.flatMap((text) =>
    [...text.matchAll(/^ExecStart=(.*)$/gm)].map(([, command]) => command!.replaceAll('%%', '%')),
  ),
].filter((line) => /\btsdump -/.test(line) && !/^\s*#/.test(line));

t.test('files have their syntax', async (t) => {
  t.equal(yaml.length, 3);
  t.match(yaml[0], { jobs: { test: { steps: Array } } });
  t.match(yaml[2], { test: { script: Array, artifacts: { reports: { junit: 'tsdump.xml' } } } });
  for (const text of groovy) t.equal(text.match(/\{/g)?.length, text.match(/\}/g)?.length, 'braces');
  t.equal(crontab.length, 4);
  for (const line of crontab) {
    t.match(line, /^(@reboot|([\d*/,-]+ ){4}[\d*/,-]+) +\/usr\/local\/bin\/tsdump /, line);
    t.notMatch(line, /[^\\]%/, 'a percent sign has a backslash');
  }
  for (const text of units) {
    for (const line of text.split('\n').filter(Boolean)) t.match(line, /^(\[\w+\]|[A-Z]\w+=\S.*)$/, line);
  }
});

t.test('commands run', async (t) => {
  t.equal(commands.length, 10);
  for (const command of commands) {
    const dir = folder(t);
    const logs = join(dir, 'logs');
    mkdirSync(logs);
    for (const name of ['api.bin', 'logs/flows.bin']) await writeFlows(join(dir, name), 3);
    const { stdout: yesterday } = spawnSync('date', ['-d', 'yesterday', '+%F'], { encoding: 'utf8' });
    await writeFlows(join(logs, `day-${yesterday.trim()}.bin`), 3);
    // They end soon, and listen at a free port.
    const line = command
      .replace(/(npx |\/usr\/local\/bin\/)tsdump/, '"$TSDUMP"')
      .replaceAll('/var/log/tsdump', logs)
      .replace(/ -p \d+/, ' -p 0')
      .replace(/ --duration \S+/, '')
      .replace(/ -- .*$/, ' -- true');
    const args = / -n| -- /.test(line) ? line : `${line} --duration 100ms`;
    const env = { PATH: process.env.PATH, HOME, TSDUMP: PROGRAM };
    const { status, stderr } = spawnSync('sh', ['-c', args], { cwd: dir, env, encoding: 'utf8' });
    // Checks fail: the flows of the test have no duration, and a recording has none.
    t.ok(status === ExitCode.done || status === ExitCode.checkFailed, `${command}: ${status} ${stderr}`);
    t.notMatch(stderr, /internal error/);
  }
});
