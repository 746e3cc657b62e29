import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { systemErrorText } from '../../flow/system-error.js';
import type { Bundle } from './bundle.js';
import { ScriptError, thrownText } from './script-error.js';
import type { SourceIndex } from './source-index.js';
import { locationOfError, locationText, type SourceLocation, scriptStack } from './source-location.js';

/** The exports of a module. */
export type Exports = Readonly<Record<string, unknown>>;

/**
 * Runs a bundle. Node maps positions in stack traces only for modules from files, so the bundle is written to a file, which is
 * removed once it is loaded.
 * @throws ScriptError
 */
export async function evaluateBundle(bundle: Bundle, entry: string, index: SourceIndex): Promise<Exports> {
  const map = Buffer.from(JSON.stringify(bundle.map)).toString('base64');
  const code = `${bundle.code}\n//# sourceMappingURL=data:application/json;base64,${map}\n`;
  const { folder, path } = writeModule(`${basename(entry)}.mjs`, code, bundle.files);
  try {
    process.setSourceMapsEnabled(true);
    return await untilSettled(import(pathToFileURL(path).href), 'its top level');
  } catch (error) {
    throw loadError(error, { entry, files: bundle.files, index });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws ScriptError if the temporary folder cannot be written */
function writeModule(name: string, code: string, files: readonly string[]): { folder: string; path: string } {
  const parent = tmpdir();
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(parent, 'tsdump-script-'));
    const path = join(folder, name);
    writeFileSync(path, code);
    return { folder, path };
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    const reason = systemErrorText(error);
    const remedy = 'scripts are loaded from the temporary folder, set TMPDIR to another one';
    throw new ScriptError([`Cannot write to ${parent}: ${reason}; ${remedy}`], files);
  }
}

export interface FailedScript {
  entry: string;
  files: readonly string[];
  index: SourceIndex;
}

/** The error of a script that failed to load, with its location. */
export function loadError(error: unknown, script: FailedScript): ScriptError {
  const { entry, files } = script;
  if (error instanceof ScriptError) return error;
  const location = locationOfError(error, files) ??
    locationInModule(error, script) ?? { file: entry, line: 1, column: 1 };
  const stack = scriptStack(error, files);
  return new ScriptError([`${locationText(location)}: ${thrownText(error)}${stack ? `\n${stack}` : ''}`], files);
}

/**
 * Parse and link errors have their location above the message: `/…/addon.ts:12`, the line, and carets. If Node did not map it, it
 * is a location in the bundle.
 */
function locationInModule(error: unknown, { files, index }: FailedScript): SourceLocation | undefined {
  if (!(error instanceof SyntaxError) || typeof error.stack !== 'string') return undefined;
  const lines = error.stack.split('\n', 5);
  const at = lines.findIndex((text) => /^\S.*:\d+$/.test(text));
  const [, name, line] = /^(\S.*):(\d+)$/.exec(lines[at] ?? '') ?? [];
  if (name === undefined) return undefined;
  const column = (lines[at + 2] ?? '').search(/\^/) + 1;
  const file = name.startsWith('file:') ? fileURLToPath(name.split('?', 1)[0]!) : name;
  if (files.includes(file)) return { file, line: Number(line), column: Math.max(column, 1) };
  return index.original(Number(line), Math.max(column, 1));
}

/**
 * Awaits a promise, and rejects if it can never settle: otherwise Node would exit silently with an empty event loop.
 * @param subject of the message
 * @throws Error if the promise can never settle
 */
export async function untilSettled<Value>(promise: Promise<Value>, subject: string): Promise<Value> {
  let stuck!: () => void;
  const never = new Promise<never>((_, reject) => {
    stuck = () => reject(new Error(`${subject} awaits a promise that never settles`));
  });
  process.once('beforeExit', stuck);
  try {
    return await Promise.race([promise, never]);
  } finally {
    process.off('beforeExit', stuck);
  }
}
