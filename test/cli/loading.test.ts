import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { folder, write } from '../support/folder.js';
import { HOME, Tsdump } from './tsdump.js';

const PROGRAM = new URL('../../program/', import.meta.url).href;

/** What a run has loaded. */
interface Loaded {
  /** How many files of the bundle. */
  files: number;
  /** Folders of `src` that modules in these files come from. */
  folders: string[];
  packages: string[];
}

/** @param dir where Node has written which scripts ran (`NODE_V8_COVERAGE`) */
function readLoaded(dir: string): Loaded {
  const [report] = readdirSync(dir);
  const { result } = JSON.parse(readFileSync(join(dir, report!), 'utf8')) as { result: { url: string }[] };
  const urls = result.map(({ url }) => url);
  const files = urls.filter((url) => url.startsWith(PROGRAM));
  return {
    files: files.length,
    folders: [...new Set(files.flatMap(sourcesOf).map((path) => path.replace(/\/[^/]+$/, '')))].sort(),
    packages: [...new Set(urls.flatMap((url) => /(?<=\/node_modules\/)[\w-]+/.exec(url) ?? []))].sort(),
  };
}

/** Modules in a file of the bundle, as paths from `src`. */
function sourcesOf(url: string): string[] {
  const map = new URL(`${url}.map`);
  // A file that only passes on names has none.
  if (!existsSync(map)) return [];
  const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
  return sources.map((source) => source.replace('../../src/', ''));
}

async function load(t: Test, args: string[]): Promise<Loaded> {
  const dir = folder(t);
  const program = new Tsdump(t, args, { env: { NODE_V8_COVERAGE: dir, HOME } });
  program.child.stdin!.end();
  if (!args.includes('-n') && !args.includes('-h')) {
    await program.port();
    program.child.kill('SIGINT');
  }
  t.equal((await program.ended).code, 0);
  return readLoaded(dir);
}

t.test('modules that a run does not need are not loaded', async (t) => {
  const capture = write(join(folder(t), 'capture.flows'), '');
  // A certificate authority is made once.
  await load(t, ['-p', '0']);
  const table: [name: string, args: string[], without: RegExp, packages: string[]][] = [
    ['help', ['-h'], /^(engine\/(http|tls|net)|serialize\/(native|input|output)|filters\/operators)/, ['commander']],
    [
      'reading',
      ['-n', '-r', capture],
      /^(engine\/(http|tls|net)|serialize\/(har|json|mitmproxy$)|filters\/operators)/,
      ['commander', 'get-east-asian-width', 'msgpackr'],
    ],
    [
      'recording',
      ['-p', '0', '-w', `${capture}.new`],
      /^(serialize\/(har|json|mitmproxy$)|filters\/operators)/,
      ['commander', 'get-east-asian-width', 'msgpackr'],
    ],
  ];
  for (const [name, args, without, packages] of table) {
    const loaded = await load(t, args);
    t.same(
      loaded.folders.filter((folder) => without.test(folder)),
      [],
      name,
    );
    // Native code for msgpackr, where it could be installed.
    const needed = loaded.packages.filter((name) => !/^(msgpackr-extract|node-gyp-build|detect-libc)/.test(name));
    t.same(needed, packages, name);
    t.ok(loaded.files > 0 && loaded.files < 25, `${name}: ${loaded.files} files`);
  }
});
