import { fstatSync, type Stats, statSync } from 'node:fs';
import { strftime } from '../serialize/rotation/strftime.js';
import { UsageError } from './exit-error.js';

/**
 * Refuses an output that cannot go well, before it is emptied.
 * @param inputs each `PATH` or `-`
 * @param output `PATH`, `+PATH` or `-`, if there is one
 * @throws UsageError
 */
export function checkOutput(output: string | undefined, inputs: readonly string[]): void {
  if (!output) return;
  const path = currentPath(output);
  for (const input of inputs) refuseSameFile(input, path);
  if (output === '-' && process.stdout.isTTY) {
    throw new UsageError('-w - writes flows to stdout, but that is a terminal: redirect it to a file or a program');
  }
}

/**
 * Refuses to write to the file that is read, also by another name: it would be emptied before it was read, or grow for
 * ever.
 * @param input `PATH` or `-`
 * @param output the same
 * @throws UsageError
 */
export function refuseSameFile(input: string, output: string): void {
  const from = stats(input, 0);
  const to = stats(output, 1);
  if (from?.isFile() && to?.isFile() && from.dev === to.dev && from.ino === to.ino) {
    throw new UsageError(`input and output are the same file: ${input === '-' ? output : input}`);
  }
}

/** The path in `PATH` or `+PATH`; directives of strftime in it are still there. */
export function outputPath(spec: string): string {
  return spec.replace(/^\+(?=.)/, '');
}

/** The file that `PATH` or `+PATH` means now. */
export function currentPath(spec: string): string {
  return strftime(outputPath(spec), new Date());
}

function stats(path: string, standard: number): Stats | undefined {
  try {
    return path === '-' ? fstatSync(standard) : statSync(path);
  } catch {
    // What is not there is nobody's input, and what cannot be reached is reported by whoever opens it.
    return undefined;
  }
}
