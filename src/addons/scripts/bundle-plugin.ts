import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Loader, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import * as tsdump from '../../flow/index.js';

/** The module that `tsdump` resolves to in scripts: that of the running program, so that classes are identical. */
const TSDUMP = new URL('../../flow/index.js', import.meta.url).href;
const LOADERS: Readonly<Record<string, Loader>> = { ts: 'ts', tsx: 'tsx', js: 'jsx' };
/** File types of packages that Node can load itself; other files are bundled. */
const NATIVE = new Set(['.js', '.mjs', '.cjs', '.node']);

/**
 * Adapts bundling to scripts: Node loads packages, `tsdump` resolves to the running program, and each file has its own
 * `import.meta`, `__dirname` and `__filename`.
 * @param files receives the path of each file that is read
 */
export function scriptPlugin(files: Set<string>): Plugin {
  return {
    name: 'tsdump',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, (args) => resolveBare(build, args));
      build.onResolve({ filter: /^tsdump-meta:/ }, ({ path }) => ({
        path: path.slice('tsdump-meta:'.length),
        namespace: 'tsdump-meta',
      }));
      build.onLoad({ filter: /.*/, namespace: 'tsdump' }, () => ({
        contents: `export { ${Object.keys(tsdump).join(', ')} } from ${JSON.stringify(TSDUMP)};`,
      }));
      build.onLoad({ filter: /.*/, namespace: 'tsdump-meta' }, ({ path }) => ({ contents: metaModule(path) }));
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        files.add(path);
        return { contents: withLocals(await readFile(path, 'utf8'), path), loader: loaderOf(path) };
      });
      build.onLoad({ filter: /\.json$/ }, ({ path }) => {
        files.add(path);
        return undefined;
      });
    },
  };
}

async function resolveBare(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const { path, kind, importer, resolveDir, namespace } = args;
  if (kind === 'entry-point' || path.startsWith('tsdump-meta:') || args.pluginData === RESOLVING) return undefined;
  if (namespace !== 'file') return { path, external: true };
  if (path === 'tsdump') return { path, namespace: 'tsdump' };
  if (path.startsWith('file:')) return { path: fileURLToPath(path) };
  if (isBuiltin(path)) return { path, external: true };
  if (path.startsWith('node:')) return { errors: [{ text: `Node.js ${process.versions.node} has no module ${path}` }] };
  const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: RESOLVING, with: args.with });
  if (found.errors.length > 0) {
    const text = `cannot find package "${packageOf(path)}"; install it beside the script: npm install ${packageOf(path)}`;
    return { errors: path.startsWith('#') ? found.errors : [{ text }] };
  }
  const isPackage = /[\\/]node_modules[\\/]/.test(found.path) && NATIVE.has(extname(found.path));
  if (found.external || found.namespace !== 'file' || !isPackage) return found;
  const isImport = kind === 'import-statement' || kind === 'dynamic-import';
  return { path: isImport ? pathToFileURL(found.path).href : found.path, external: true };
}

/** Marks a name that esbuild itself should resolve. */
const RESOLVING = Symbol('resolving');

/** `@scope/name/part` → `@scope/name` */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function loaderOf(path: string): Loader {
  return LOADERS[extname(path).slice(1).replace(/^[cm]/, '')] ?? 'jsx';
}

/** Names under which the bundler's `define` refers to the per-file values. */
export const LOCALS = {
  'import.meta': '__tsdump_meta',
  __dirname: '__tsdump_dirname',
  __filename: '__tsdump_filename',
} as const;

/**
 * Adds the per-file values to a file. An import at the end is hoisted and does not move any position; only the first line of a
 * CommonJS module that uses its folder moves to the right.
 */
function withLocals(text: string, path: string): string {
  let contents = text;
  if (text.includes('import.meta')) {
    contents += `\nimport ${LOCALS['import.meta']} from ${JSON.stringify(`tsdump-meta:${path}`)};`;
  }
  if (!text.includes('__dirname') && !text.includes('__filename')) return contents;
  const locals = `var ${LOCALS.__dirname} = ${JSON.stringify(dirname(path))}, ${LOCALS.__filename} = ${JSON.stringify(path)};`;
  const start = text.startsWith('#!') ? contents.indexOf('\n') + 1 : 0;
  return contents.slice(0, start) + locals + contents.slice(start);
}

/** `import.meta` of a file, as in Node. */
function metaModule(path: string): string {
  const url = JSON.stringify(pathToFileURL(path).href);
  return `import { createRequire, isBuiltin } from 'node:module';
import { pathToFileURL } from 'node:url';
const resolve = (specifier) => {
  if (specifier === 'tsdump') return ${JSON.stringify(TSDUMP)};
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : 'node:' + specifier;
  if (/^(\\.{0,2}\\/|[a-z][a-z+.-]*:)/.test(specifier)) return new URL(specifier, ${url}).href;
  return pathToFileURL(createRequire(${url}).resolve(specifier)).href;
};
export default {
  __proto__: null, dirname: ${JSON.stringify(dirname(path))}, filename: ${JSON.stringify(path)}, main: false, resolve, url: ${url},
};`;
}
