import type { CommandLine } from './command-line.js';
import { OPTIONS } from './index.js';
import { wrap } from './wrap.js';

const INTRODUCTION = `Record, filter and read HTTP traffic.

  tsdump -w flows.bin                  proxy at 127.0.0.1:8080 that records
  tsdump -nr flows.bin '~c 500'        show the flows of a file that match
  tsdump -nr a.bin -w b.bin '~d api'   copy the flows that match

Words that are no flags are a filter for what is read, written and shown.`;

/** The text of `--help`. */
export function helpText({ program }: CommandLine): string {
  const rest = [...OPTIONS].filter(([, { flag }]) => !flag).map(([name]) => name);
  const paragraph = (text: string) => wrap(text, 78).join('\n');
  const after = [
    paragraph('A flag that takes no value has an opposite: --showhost and --no-showhost.'),
    paragraph(
      'All options can also be set in tsdump.yaml in ~/.tsdump and by environment variables, such as ' +
        'TSDUMP_LISTEN_PORT. Those without a flag are set by --set:',
    ),
    wrap(rest.join(', '), 76)
      .map((line) => `  ${line}`)
      .join('\n'),
  ];
  let text = '';
  const writeOut = (part: string) => {
    text += part;
  };
  program
    .usage('[flags] [filter...]')
    .description(INTRODUCTION)
    .addHelpText('after', `\n${after.join('\n')}`)
    .configureOutput({ writeOut })
    .outputHelp();
  return text;
}
