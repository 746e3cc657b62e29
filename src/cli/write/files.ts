import { OUTPUT_FORMATS } from '../../serialize/formats.js';
import type { Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { currentPath, formatOfOutput } from './output-format.js';
import { isJournalOf, isSameOutput, refuseSameFile } from './same-file.js';

/**
 * Rejects conflicting outputs, before any is truncated.
 * @param inputs each `PATH` or `-`
 * @throws UsageError
 */
export function checkOutputs(
  options: Pick<Options, 'saveStreamFile' | 'format' | 'hardump' | 'report'>,
  inputs: readonly string[],
): void {
  const { saveStreamFile, hardump, report } = options;
  if (saveStreamFile.includes('+')) throw new UsageError('-w +: the name of the file to append to is missing');
  const outputs = saveStreamFile.map((spec) => ({ flag: '-w', spec, path: currentPath(spec) }));
  if (hardump) outputs.push({ flag: 'hardump', spec: hardump, path: currentPath(hardump) });
  for (const { path } of report) outputs.push({ flag: '--report', spec: path, path });
  for (const [at, output] of outputs.entries()) {
    for (const input of inputs) refuseSameFile(input, output.path);
    for (const other of outputs.slice(0, at)) refuseSameOutput(other, output);
  }
  const toTerminal = process.stdout.isTTY && saveStreamFile.includes('-');
  if (toTerminal && !OUTPUT_FORMATS[formatOfOutput('-', options)].text) {
    throw new UsageError('-w - writes flows to stdout, but stdout is a terminal: redirect it to a file or a program');
  }
}

/** An output as the user specified it, and its current file. */
interface NamedOutput {
  flag: string;
  spec: string;
  path: string;
}

function refuseSameOutput(one: NamedOutput, other: NamedOutput): void {
  if (isSameOutput(one.path, other.path)) {
    throw new UsageError(`${one.flag} ${one.spec} and ${other.flag} ${other.spec} are the same file`, 'same-file');
  }
  for (const [journal, capture] of [
    [one, other],
    [other, one],
  ] as const) {
    if (isJournalOf(journal.path, capture.path)) {
      throw new UsageError(`${journal.flag} ${journal.spec}: this file is the journal of ${capture.path}`, 'same-file');
    }
  }
}

/**
 * Refuses to read the journal of an output, as the new recording would replace it.
 * @throws UsageError
 */
export function checkJournals({ saveStreamFile }: Pick<Options, 'saveStreamFile'>, inputs: readonly string[]): void {
  for (const spec of saveStreamFile) {
    const path = currentPath(spec);
    const input = inputs.find((name) => isJournalOf(name, path));
    if (input) {
      throw new UsageError(`-r ${input}: a recording to ${path} would replace it; read it with -n first`, 'same-file');
    }
  }
}
