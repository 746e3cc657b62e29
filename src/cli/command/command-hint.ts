import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Signs of a filter expression. */
const EXPRESSION = /[~&|!()"']/;

/**
 * A warning if the filter argument is probably a command without `--` before it: `tsdump -w api.bin npm test`.
 * @param text the arguments other than flags
 * @param path the folders of programs, as in `PATH`
 */
export function commandHint(text: string, path = process.env.PATH ?? ''): string | undefined {
  if (EXPRESSION.test(text)) return undefined;
  const [program = '', ...others] = text.trim().split(/\s+/);
  const isPath = program.includes('/');
  // A single word may be the name of a program by chance.
  if (!isPath && others.length === 0) return undefined;
  const places = isPath ? [program] : path.split(delimiter).map((folder) => join(folder, program));
  if (!places.some(isExecutable)) return undefined;
  return `The filter looks for "${program}" in URLs; to run that program under the proxy, write -- before it.`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
