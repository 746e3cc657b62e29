import t from 'tap';
import { compileFilters } from '../../src/cli/filters.js';
import { parseCommandLine } from '../../src/cli/options/command-line.js';
import { resolveOptions } from '../../src/cli/options/resolve.js';

/** Arguments, and the texts of the filters that save, read and dump. */
const CASES: [string[], (string | undefined)[]][] = [
  [[], [undefined, undefined, undefined]],
  [
    ['~d', 'a'],
    ['~d a', '~d a', '~d a'],
  ],
  [
    ['~d', 'a', '--set', 'dumper_filter=~c 200'],
    ['~d a', '~d a', '~c 200'],
  ],
  [
    ['--set', 'dumper_filter', '~d', 'a'],
    ['~d a', '~d a', undefined],
  ],
  [
    ['--set', 'readfile_filter=~q'],
    [undefined, '~q', undefined],
  ],
  [
    ['--since', '1700000000', '--before', '1700000001.5'],
    [undefined, '~after 1700000000 & ~before 1700000001.5', undefined],
  ],
  [
    ['--since', '1700000000', '~d a | ~d b'],
    ['~d a | ~d b', '~after 1700000000 & (~d a | ~d b)', '~d a | ~d b'],
  ],
];

for (const [args, expected] of CASES) {
  const { save, read, dump } = await compileFilters(resolveOptions(parseCommandLine(args).settings));
  t.same([save?.text, read?.text, dump?.text], expected, args.join(' '));
}

const { save, read, dump } = await compileFilters(resolveOptions(parseCommandLine(['~d', 'a']).settings));
t.ok(save === read && read === dump, 'the same text is compiled once');

const BAD: [string[], RegExp][] = [
  [['~d', '('], /\n {2}~d \(\n {2} +\^$/],
  [['--set', 'save_stream_filter=~d ('], /^--set save_stream_filter: .*\n {2}~d \(\n {2} +\^$/],
];
for (const [args, message] of BAD) {
  const options = resolveOptions(parseCommandLine(args).settings);
  await t.rejects(compileFilters(options), { code: 'filter-invalid', message }, args.join(' '));
}
