import t from 'tap';
import { parseCommandLine } from '../../../src/cli/options/command-line.js';
import { helpText } from '../../../src/cli/options/help.js';

t.test('fits into the terminal', async (t) => {
  for (const columns of [40, 50, 60, 80, 120]) {
    const lines = helpText(parseCommandLine([]), columns).split('\n');
    // Words are not broken, and the synopsis of some flags is long.
    const long = lines.filter((line) => line.length > columns && line.trim().includes(' ') && !/^ {2}-/.test(line));
    t.same(long, [], `${columns} columns`);
  }
});

t.test('descriptions stand beside their flags where there is room', async (t) => {
  t.match(helpText(parseCommandLine([]), 80), /^ {2}--showhost {2,}Show URLs with/m);
  t.match(helpText(parseCommandLine([]), 50), /^ {2}--showhost\n {6}Show URLs with/m);
});
