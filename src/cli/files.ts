import { fstatSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isTextFormat } from '../serialize/formats.js';
import { strftime } from '../serialize/rotation/strftime.js';
import { UsageError } from './exit-error.js';
import type { Options } from './options/index.js';

/**
 * Refuses outputs that cannot go well, before they are emptied.
 * @param inputs each `PATH` or `-`
 * @throws UsageError
 */
export function checkOutputs(
  { saveStreamFile, format, hardump }: Pick<Options, 'saveStreamFile' | 'format' | 'hardump'>,
  inputs: readonly string[],
): void {
  checkOutput(saveStreamFile, inputs);
  checkOutput(hardump, inputs);
  if (saveStreamFile && hardump && isSameFile(currentPath(saveStreamFile), currentPath(hardump))) {
    throw new UsageError(`-w and hardump are the same file: ${hardump}`);
  }
  if (saveStreamFile === '-' && process.stdout.isTTY && !isTextFormat(format ?? 'native')) {
    throw new UsageError('-w - writes flows to stdout, but that is a terminal: redirect it to a file or a program');
  }
}

/**
 * @param output `PATH`, `+PATH` or `-`, if there is one
 * @throws UsageError if it is an input, too
 */
export function checkOutput(output: string | undefined, inputs: readonly string[]): void {
  if (!output) return;
  const path = currentPath(output);
  for (const input of inputs) refuseSameFile(input, path);
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

/** Whether two outputs are one. One that is not there yet is told by its name. */
function isSameFile(one: string, other: string): boolean {
  if (one === '-' && other === '-') return true;
  const [first, second] = [stats(one, 1), stats(other, 1)];
  if (first && second) return first.isFile() && first.dev === second.dev && first.ino === second.ino;
  return one !== '-' && other !== '-' && resolve(one) === resolve(other);
}

function stats(path: string, standard: number): Stats | undefined {
  try {
    return path === '-' ? fstatSync(standard) : statSync(path);
  } catch {
    // What is not there is nobody's input, and what cannot be reached is reported by whoever opens it.
    return undefined;
  }
}
