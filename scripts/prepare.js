// Builds tsdump for npm: at the end of `npm install` in a clone, for `npm pack`, and when npm installs it from git.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const compiler = findCompiler();
if (compiler) {
  process.exitCode = spawnSync(process.execPath, [compiler, '-p', `${folder}/src`], { stdio: 'inherit' }).status ?? 1;
} else if (!existsSync(`${folder}/dist/src/cli/main.js`) && !omitsDevelopment()) {
  // `npm install -g` of a clone makes a link and installs nothing. It is also what npm runs inside the clone that it
  // makes for `npm install -g git+…` (https://github.com/npm/cli/issues/8440).
  const hint = 'Run "npm install" in a clone, then "npm install -g ." there.';
  console.error(`tsdump cannot be built: its development packages are not installed. ${hint}`);
  process.exitCode = 1;
}

function findCompiler() {
  try {
    return createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace('package.json', 'bin/tsc');
  } catch {
    return undefined;
  }
}

/** Whether the development packages are missing by intention: `npm ci --omit=dev` before `dist` is copied. */
function omitsDevelopment() {
  return process.env.NODE_ENV === 'production' || /\bdev\b/.test(process.env.npm_config_omit ?? '');
}
