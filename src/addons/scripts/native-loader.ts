import * as nodeModule from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Exports, untilSettled } from './evaluate.js';
import { ScriptError } from './script-error.js';
import { shownPath } from './source-location.js';

const TSDUMP = new URL('../../flow/index.js', import.meta.url).href;

/** The part of `node:module` that only newer versions of Node have. */
interface ModuleHooks {
  registerHooks?(hooks: {
    resolve(specifier: string, context: unknown, next: (specifier: string, context: unknown) => unknown): unknown;
  }): unknown;
}

/** Loads scripts with Node's own loader, if esbuild is not installed. */
export class NativeLoader {
  private loaded = 0;

  /** @param reason why esbuild cannot be used */
  constructor(private readonly reason: string) {
    const { registerHooks } = nodeModule as ModuleHooks;
    if (registerHooks) {
      registerHooks({
        resolve: (specifier, context, next) =>
          specifier === 'tsdump' ? { url: TSDUMP, shortCircuit: true } : next(specifier, context),
      });
    } else nodeModule.register(`data:text/javascript,${encodeURIComponent(RESOLVER)}`);
  }

  /** @throws ScriptError if this Node cannot run the script; errors of the script pass through */
  async load(path: string): Promise<Exports> {
    const stripsTypes = (process.features as { typescript?: unknown }).typescript;
    if (/ts$/.test(extname(path)) && !stripsTypes) {
      throw new ScriptError([
        `${shownPath(path)}: TypeScript needs esbuild, an optional dependency of tsdump that is missing: ${this.reason}`,
        'Install tsdump again with optional dependencies, use Node.js 22.18 or newer, or write the script in JavaScript.',
      ]);
    }
    // Node caches modules forever; a new version of a file needs a new URL.
    const url = `${pathToFileURL(path).href}?tsdump=${this.loaded++}`;
    return untilSettled(import(url), 'its top level');
  }
}

/** For Node.js without `registerHooks`: a module that runs in the thread of its loader. */
const RESOLVER = `export function resolve(specifier, context, next) {
  if (specifier === 'tsdump') return { url: ${JSON.stringify(TSDUMP)}, shortCircuit: true };
  return next(specifier, context);
}`;
