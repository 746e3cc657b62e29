// Builds tsdump for npm: at the end of `npm install` in a clone, for `npm pack`, and when npm installs it from git.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const compiler = find('typescript/package.json');
const bundler = find('rolldown/package.json');
if (compiler && bundler) {
  const steps = [[compiler.replace('package.json', 'bin/tsc'), '-p', `${folder}/src`], [`${folder}/scripts/bundle.js`]];
  for (const step of steps) {
    process.exitCode ||= spawnSync(process.execPath, step, { stdio: 'inherit' }).status ?? 1;
  }
} else if (!existsSync(`${folder}/dist/program/main.js`) && !omitsDevelopment()) {
  // `npm install -g` of a clone makes a link and installs nothing. It is also what npm runs inside the clone that it
  // makes for `npm install -g git+…` (https://github.com/npm/cli/issues/8440).
  const hint = 'Run "npm install" in a clone, then "npm install -g ." there.';
  console.error(`tsdump cannot be built: its development packages are not installed. ${hint}`);
  process.exitCode = 1;
}

function find(module) {
  try {
    return createRequire(import.meta.url).resolve(module);
  } catch {
    return undefined;
  }
}

/** Whether development packages are omitted on purpose, as by `npm ci --omit=dev` before `dist` is copied. */
function omitsDevelopment() {
  return process.env.NODE_ENV === 'production' || /\bdev\b/.test(process.env.npm_config_omit ?? '');
}
