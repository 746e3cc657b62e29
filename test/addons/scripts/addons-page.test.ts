import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeFlows } from '../../cli/flows.js';
import { runWarm } from '../../cli/warm.js';
import { command } from '../../e2e/support/command.js';
import { folder, write } from '../../support/folder.js';

const ROOT = join(import.meta.dirname, '../../../..');
const PAGE = readFileSync(join(ROOT, 'docs/addons.md'), 'utf8');

t.setTimeout(300_000);

/** The examples of the page, by the names in their first lines. */
const examples = [...PAGE.matchAll(/^```ts\n\/\/ (\S+\.ts)\n(.*?)^```$/gms)].map(([, name, code]) => ({
  name: name!,
  code: code!,
}));

t.equal(examples.length, PAGE.split('\n```ts\n').length - 1, 'each example has a name');
t.ok(examples.length >= 5);
const dir = folder(t);
/** Pages whose examples are compiled only. */
for (const page of ['addons-streaming', 'hooks']) {
  const blocks = readFileSync(join(ROOT, `docs/${page}.md`), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms);
  for (const [at, [, code]] of [...blocks].entries()) write(join(dir, `${page}-${at}.ts`), code!);
}
for (const { name, code } of examples) write(join(dir, name), code);

t.test('they are compiled', async (t) => {
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(ROOT, join(dir, 'node_modules/tsdump'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(dir, 'node_modules/@types'));
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'], noEmit: true };
  write(join(dir, 'package.json'), '{ "type": "module" }');
  write(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { code, stdout } = await command(process.execPath, [compiler, '-p', dir], { cwd: dir });
  t.equal(code, 0, String(stdout));
});

t.test('they run', async (t) => {
  const capture = join(dir, 'in.bin');
  await writeFlows(capture, 3, 'api.example.com');
  for (const { name } of examples) {
    const { code, stderr } = await runWarm([
      '-nr',
      capture,
      '--flow-detail',
      '0',
      '-s',
      join(dir, name),
      '-w',
      join(dir, 'out.bin'),
    ]);
    t.equal(code, 0, name);
    t.notMatch(stderr, /tsdump:/, `${name} says nothing of errors`);
  }
});

t.test('the page', async (t) => {
  const links = [...PAGE.matchAll(/\]\(([\w-]+\.md)(?:#[\w-]+)?\)/g)].map(([, file]) => file!);
  for (const file of links) t.ok(readdirSync(join(ROOT, 'docs')).includes(file), file);
  t.ok(readFileSync(join(ROOT, 'README.md'), 'utf8').includes('(docs/addons.md)'), 'README.md links it');
  t.equal(
    PAGE.split('\n').find((line) => line.length > 140 && !line.startsWith('|')),
    undefined,
    'lines are short',
  );
});
