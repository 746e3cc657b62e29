import { readFileSync } from 'node:fs';

/** The first `sh` block below a heading of docs/transparent.md. */
export interface Recipe {
  /** Lines for the shell. */
  rules: string;
  /** Arguments of tsdump. */
  args: string[];
  /** The user that tsdump runs as. */
  user: 'tsdump' | undefined;
}

/** @throws Error if the block is missing or cannot be parsed */
export function readRecipe(heading: string): Recipe {
  const page = readFileSync(new URL('../../../../docs/transparent.md', import.meta.url), 'utf8');
  const section = page.split(/^(?=##)/m).find((text) => text.startsWith(`### ${heading}\n`));
  const [, block] = /^```sh\n(.*?)^```$/ms.exec(section ?? '') ?? [];
  const [, rules, user, line] = /^(.*)^(sudo -u tsdump )?tsdump (.*)\n$/ms.exec(block ?? '') ?? [];
  if (rules === undefined || line === undefined) throw new Error(`No recipe in docs/transparent.md: ${heading}`);
  return { rules, user: user ? 'tsdump' : undefined, args: line.split(' ').map((word) => (word === "''" ? '' : word)) };
}
