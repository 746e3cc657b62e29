import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { builtTsdump, otherTsdump } from './harness/programs.js';
import type { Row } from './row.js';
import { ROWS } from './rows/index.js';

export const USAGE = `Usage: npm run bench [-- [ROW...] [options]]

Rows:
${ROWS.map(({ name, title }) => `  ${name.padEnd(16)}${title}`).join('\n')}

Options:
  --tsdump OLD    compare another build with this one: a checkout with a build, or its bin/tsdump
  --seconds N     load for each contender and round (default 5; 3 to compare builds)
  --rounds N      rounds in turn, of which the median counts (default 3; 10 to compare builds)
  --peers         measure other proxies, too; they are installed if go, cargo and npm are there
  --quick         a trial with tiny counts: shows that everything runs, its figures mean nothing
  --json FILE     write the figures of all rounds there, too
  --help
`;

export interface Options {
  rows: readonly Row[];
  /** Names of the selected rows; empty for all. */
  chosen: readonly string[];
  seconds: number;
  rounds: number;
  quick: boolean;
  peers: boolean;
  /** The program of this tree. */
  tsdump: string;
  /** The program to compare it with. */
  old: string | undefined;
  json: string | undefined;
  help: boolean;
}

/** @throws Error for an unknown argument or an invalid value */
export function readArguments(): Options {
  const { values, positionals: chosen } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      tsdump: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const comparing = values.tsdump !== undefined;
  if (comparing && values.peers) throw new Error('--tsdump compares two builds, without --peers');
  return {
    rows: chosenRows(chosen, comparing),
    chosen,
    seconds: positiveInteger('--seconds', values.seconds, quick ? 1 : comparing ? 3 : 5),
    rounds: positiveInteger('--rounds', values.rounds, quick ? (comparing ? 2 : 1) : comparing ? 10 : 3),
    quick,
    peers: values.peers,
    tsdump: builtTsdump(),
    old: values.tsdump === undefined ? undefined : otherTsdump(resolve(values.tsdump)),
    json: values.json,
    help: values.help,
  };
}

function chosenRows(names: readonly string[], comparing: boolean): readonly Row[] {
  const usable = (row: Row) => !comparing || row.comparisonRounds !== 0;
  if (names.length === 0) return ROWS.filter(usable);
  return names.map((name) => {
    const row = ROWS.find((one) => one.name === name);
    if (!row) throw new Error(`No row is called ${name}`);
    if (!usable(row)) throw new Error(`The row ${name} runs the code of this tree only and cannot compare builds`);
    return row;
  });
}

function positiveInteger(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} wants a positive whole number, not ${text}`);
  return value;
}
