import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildFailure, Message } from 'esbuild';
import { LOCALS, scriptPlugin } from './bundle-plugin.js';
import { problemAt, ScriptError } from './script-error.js';

/** A script and the files that it imports, as one module. */
export interface Bundle {
  /** JavaScript. */
  readonly code: string;
  /** Its source map; sources are URLs. */
  readonly map: { sources: string[]; mappings: string };
  /** Paths of the bundled files, without packages. */
  readonly files: readonly string[];
  /** Warnings about probable mistakes. */
  readonly warnings: readonly string[];
}

/** The optional dependency esbuild is missing or does not work on this system. */
export class BundlerMissingError extends Error {
  override name = 'BundlerMissingError';
}

type Esbuild = typeof import('esbuild');

/**
 * Bundles scripts with esbuild: one mechanism for TypeScript and JavaScript, which also yields the list of imported files and
 * the source map.
 */
export class Bundler {
  private constructor(private readonly esbuild: Esbuild) {}

  /** @throws BundlerMissingError */
  static async load(): Promise<Bundler> {
    try {
      return new Bundler(await import('esbuild'));
    } catch (error) {
      throw new BundlerMissingError((error as Error).message);
    }
  }

  /** @param entry path of the script @throws ScriptError, BundlerMissingError */
  async bundle(entry: string): Promise<Bundle> {
    const files = new Set<string>([entry]);
    const folder = dirname(entry);
    const result = await this.esbuild
      .build({
        entryPoints: [entry],
        absWorkingDir: folder,
        outfile: resolve(folder, 'tsdump-bundle.mjs'),
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'node',
        target: `node${process.versions.node}`,
        // Export conditions of Node; esbuild's default adds `module`, which only bundlers use.
        conditions: ['node-addons', 'module-sync'],
        sourcemap: 'external',
        sourcesContent: false,
        charset: 'utf8',
        legalComments: 'none',
        ignoreAnnotations: true,
        logLevel: 'silent',
        define: LOCALS,
        plugins: [scriptPlugin(files)],
      })
      .catch((error: BuildFailure) => {
        if (!Array.isArray(error.errors)) throw new BundlerMissingError(error.message);
        throw new ScriptError(
          error.errors.map((message) => describe(message, folder, entry)),
          [...files],
        );
      });
    const [map, code] = result.outputFiles as unknown as [{ text: string }, { text: string }];
    const warnings = result.warnings.map((message) => describe(message, folder, entry));
    return {
      code: withRequire(code.text, entry),
      map: withUrls(JSON.parse(map.text) as Bundle['map'], folder),
      files: [...files],
      warnings,
    };
  }

  /** Ends its process; a later bundle starts it again. */
  stop(): void {
    this.esbuild.stop();
  }
}

/** Defines `require`, which CommonJS modules call for modules outside the bundle. Only esbuild's first line moves. */
function withRequire(code: string, entry: string): string {
  if (!code.includes('__require')) return code;
  const url = JSON.stringify(pathToFileURL(entry).href);
  return `import { createRequire as __tsdump_require } from 'node:module'; const require = __tsdump_require(${url}); ${code}`;
}

function withUrls(map: Bundle['map'], folder: string): Bundle['map'] {
  const sources = map.sources.map((source) =>
    /^tsdump(-meta)?:/.test(source) ? source : pathToFileURL(resolve(folder, source)).href,
  );
  return { ...map, sources };
}

function describe({ text, location, notes }: Message, folder: string, entry: string): string {
  const name = /^No matching export in "tsdump:tsdump" for import "(.*)"$/.exec(text)?.[1];
  const suggestion = location?.suggestion ? `; did you mean ${location.suggestion}?` : '';
  const reason = name === undefined ? text : `tsdump has no export ${name}${suggestion}`;
  if (!location) return `${basename(entry)}: ${reason}`;
  const { file, line, column, lineText, length } = location;
  const inFile = { file: resolve(folder, file), line, column: column + 1 };
  const more = notes.filter((note) => note.location === null).map((note) => `\n  ${note.text}`);
  return problemAt(inFile, reason, lineText, length) + (name === undefined ? more.join('') : '');
}
