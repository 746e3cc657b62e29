import type { CommandLine } from './command-line.js';
import { OPTIONS } from './table/index.js';

const EXAMPLES: readonly [command: string, meaning: string][] = [
  ['tsdump -w flows.bin', 'record with a proxy at 127.0.0.1:8080'],
  ['tsdump -w flows.bin -- npm test', 'record what a command sends and receives'],
  ["tsdump -nr flows.bin '~c 500'", 'show the flows of a file with status 500'],
  ["tsdump -nr a.bin -w b.bin '~d api'", 'copy the flows to hosts that contain "api"'],
];

const INDENT = 2;

const GAP = 2;

/** Minimum width of a description beside its term; otherwise it is placed below. */
const BESIDE = 40;

/** Indentation of a description below its term. */
const BELOW = 6;

/** The text of `--help`. @param columns width of the terminal */
export function helpText({ program }: CommandLine, columns: number): string {
  const rest = [...OPTIONS].filter(([, { flag }]) => !flag).map(([name]) => name);
  const paragraph = (text: string, indent = '') =>
    wrap(text, Math.min(78, columns) - indent.length)
      .map((line) => indent + line)
      .join('\n');
  const longest = Math.max(...EXAMPLES.map(([command]) => command.length));
  const introduction = [
    'Record, filter and read HTTP traffic.',
    EXAMPLES.map(([command, meaning]) => item(command, longest, meaning, columns)).join('\n'),
    paragraph('Arguments that are not flags form a filter for the flows that are read, written and shown.'),
  ];
  const after = [
    paragraph('A flag without a value has an opposite: --showhost and --no-showhost.'),
    paragraph(
      'All options can also be set in ~/.tsdump/tsdump.yaml and by environment variables such as ' +
        'TSDUMP_LISTEN_PORT. Use --set for options without a flag:',
    ),
    paragraph(rest.join(', '), '  '),
  ];
  let text = '';
  const writeOut = (part: string) => {
    text += part;
  };
  program
    .usage('[flags] [filter] [-- cmd]')
    .description(introduction.join('\n\n'))
    .addHelpText('after', `\n${after.join('\n')}`)
    .configureOutput({ writeOut, getOutHelpWidth: () => columns })
    .configureHelp({
      formatItem: (term, termWidth, description) => item(term, termWidth, description, columns),
      // The description is already wrapped.
      boxWrap: (description) => description,
    })
    .outputHelp();
  return text;
}

/** Formats a term with its description, beside it if the width allows. @param termWidth width of the longest term */
function item(term: string, termWidth: number, description: string, columns: number): string {
  const start = INDENT + termWidth + GAP;
  const beside = columns - start >= BESIDE;
  const indent = beside ? start : BELOW;
  const lines = wrap(description, columns - indent).map((line) => ' '.repeat(indent) + line);
  const name = ' '.repeat(INDENT) + term;
  if (!beside) return [name, ...lines].join('\n');
  return name.padEnd(start) + lines.join('\n').slice(start);
}

/** Breaks text at spaces into lines of at most this width. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}
