import t from 'tap';
import type { Options } from '../../../src/cli/options/table/index.js';
import { formatHints, formatOfOutput } from '../../../src/cli/write/output-format.js';

type Format = Options['format'];

/** Outputs, `format`, and the format of each output. */
const FORMATS: [string[], Format, string[]][] = [
  [
    ['a', '+b.bin', 'c.har', 'd.jsonl.gz', 'e.MITM', '-'],
    undefined,
    ['native', 'native', 'har', 'jsonl', 'mitmproxy', 'native'],
  ],
  [['a', '+b.bin', 'c.har', '-'], 'jsonl', ['jsonl', 'native', 'har', 'jsonl']],
  [['c.har'], 'jsonl', ['jsonl']],
  [['-'], 'har', ['har']],
];
for (const [saveStreamFile, format, expected] of FORMATS) {
  const found = saveStreamFile.map((spec) => formatOfOutput(spec, { saveStreamFile, format }));
  t.same(found, expected, `${saveStreamFile.join(' ')}, --format ${format}`);
}

const HINTS: [string[], Format, string[]][] = [
  [
    ['+flows.json', 'b.har'],
    undefined,
    ['flows.json is written in the native format and is not JSON; .jsonl (--format jsonl) is JSON Lines, .har a HAR.'],
  ],
  [['a.JSON.gz'], undefined, []],
  [
    ['a.txt'],
    undefined,
    [
      'a.txt is written in the native format and is not text; .jsonl (--format jsonl) is JSON Lines, and the display goes to stdout.',
    ],
  ],
  [['a.pcap'], undefined, ['a.pcap is written in the native format and is not packets; tsdump -nr reads it.']],
  [
    ['a.zhar'],
    undefined,
    ['a.zhar is written in the native format and is not compressed; FILE.gz and FILE.zst are compressed as a whole.'],
  ],
  [['a.json'], 'native', []],
  [['a.json'], 'jsonl', []],
  [['-', 'a', 'a.bin', 'a.tsf', 'a.flows', 'a.dump', 'json', 'a.jsonl.gz', '/dev/null'], undefined, []],
];
for (const [saveStreamFile, format, expected] of HINTS) {
  t.same(formatHints({ saveStreamFile, format }), expected, saveStreamFile.join(' '));
}
