// Bundles src into dist/program, which is what bin/tsdump runs and what addons import: a few files load in half the time
// of some hundred. The packages that tsdump depends on stay outside.
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const program = join(root, 'dist/program');

/**
 * Modules that are loaded together form a chunk: those listed here, and their static imports that no chunk above contains. So
 * chunks import only those above them. Other modules are loaded on demand, in chunks that the bundler chooses.
 * `cli/main` waits at its top level for the run to end, so no chunk may import it.
 */
const CHUNKS = {
  flow: ['flow/index'],
  start: ['cli/run', 'cli/process/shutdown'],
  options: ['cli/options/command-line', 'cli/options/gather'],
  session: ['cli/session/session', 'cli/process/stray-errors', 'cli/filters', 'serialize/formats'],
  native: ['serialize/native/native-writer'],
  read: ['cli/read/read', 'cli/read/read-inputs', 'serialize/native/record/record-reader'],
  record: ['cli/proxy/record', 'engine/listen/modes/regular'],
  command: [
    'cli/command/command',
    'cli/command/implied',
    'cli/command/run-folder',
    'cli/command/environment/environment',
  ],
};

const shared = {
  platform: 'node',
  external: /^[^./]/,
  tsconfig: join(root, 'tsconfig.json'),
  plugins: [locateFiles()],
  experimental: { nativeMagicString: true },
};

// `--version` is answered without loading ES modules, which takes longer than everything else it does. The other file is loaded
// into programs that run under tsdump, where it may not be an ES module. Both precede the rest, which refers to them.
for (const [name, path] of [
  ['version', 'cli/version'],
  ['node-proxy', 'cli/command/environment/node-proxy'],
]) {
  await build({
    ...shared,
    input: { [name]: module(path) },
    output: {
      dir: program,
      cleanDir: name === 'version',
      format: 'cjs',
      entryFileNames: '[name].cjs',
      comments: false,
    },
  });
}

await build({
  ...shared,
  input: { main: module('cli/main'), index: module('flow/index') },
  output: {
    dir: program,
    format: 'esm',
    chunkFileNames: '[name].js',
    sourcemap: true,
    // The source map has the lines, which is enough for stack traces.
    sourcemapExcludeSources: true,
    comments: false,
    codeSplitting: { groups: Object.entries(CHUNKS).map(chunk) },
  },
});

function module(path) {
  const file = join(source, `${path}.ts`);
  if (!existsSync(file)) throw new Error(`There is no ${file}: CHUNKS of scripts/bundle.js has to follow moves.`);
  return file;
}

function chunk([name, modules], index, chunks) {
  const files = new Set(modules.map(module));
  return { name, priority: chunks.length - index, test: (id) => files.has(id) };
}

/**
 * Resolves `new URL('…', import.meta.url)`, which is relative to the output of tsc. Modules of tsdump become separate files of
 * the bundle.
 */
function locateFiles() {
  return {
    name: 'locate-files',
    transform(code, id, { magicString }) {
      const compiled = join(root, 'dist/src', relative(source, dirname(id)));
      for (const found of code.matchAll(/new URL\('([^']+)', import\.meta\.url\)/g)) {
        const target = join(compiled, found[1]);
        const ours = join(source, relative(join(root, 'dist/src'), target)).replace(/\.js$/, '.ts');
        const isOurs = ours.endsWith('.ts') && existsSync(ours);
        if (!isOurs && !existsSync(target)) throw new Error(`${id}: there is no ${target}`);
        const url = isOurs
          ? `import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: 'chunk', id: ours })}`
          : `'${relative(program, target)}', import.meta.url`;
        magicString.overwrite(found.index, found.index + found[0].length, `new URL(${url})`);
      }
      return magicString.hasChanged() ? { code: magicString } : undefined;
    },
  };
}
