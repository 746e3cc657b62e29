import t from 'tap';
import { parseCommandLine } from '../../../src/cli/options/command-line.js';
import type { ProgramErrorCode } from '../../../src/cli/process/error-codes.js';

/** Arguments, the settings as `option=text @place`, and the action. */
const GOOD: [string[], string[], string?][] = [
  [[], []],
  [['-p', '9000'], ['listen_port=9000 @--listen-port']],
  [['-p9000'], ['listen_port=9000 @--listen-port']],
  [['--listen-port=9000'], ['listen_port=9000 @--listen-port']],
  [['-n'], ['server=false @--no-server']],
  [['--no-server'], ['server=false @--no-server']],
  [['--server'], ['server=true @--server']],
  [
    ['--showhost', '--no-showhost'],
    ['showhost=true @--showhost', 'showhost=false @--no-showhost'],
  ],
  [
    ['--no-rawtcp', '--strict'],
    ['rawtcp=false @--no-rawtcp', 'strict=true @--strict'],
  ],
  [
    ['-nr', '-', '-w', '-'],
    ['server=false @--no-server', 'rfile=- @--rfile', 'save_stream_file=- @--save-stream-file'],
  ],
  [['-w', '+a b'], ['save_stream_file=+a b @--save-stream-file']],
  [
    ['-m', 'regular@1', '--mode', 'regular@2'],
    ['mode=regular@1 @--mode', 'mode=regular@2 @--mode'],
  ],
  [['--set', 'keepserving'], ['keepserving @--set keepserving']],
  [['--set', 'keepserving='], ['keepserving= @--set keepserving']],
  [['--set=dumper_filter=~hq a=b'], ['dumper_filter=~hq a=b @--set dumper_filter']],
  [['-nsaddon.py'], ['server=false @--no-server', 'scripts=addon.py @--scripts']],
  [['-q'], ['termlog_verbosity=error @--quiet', 'flow_detail=0 @--quiet']],
  [['-v'], ['termlog_verbosity=debug @--verbose', 'flow_detail=2 @--verbose']],
  [
    ['~d', 'a', '-n', '&', '~c', '200'],
    [
      'server=false @--no-server',
      'save_stream_filter=~d a & ~c 200 @filter argument',
      'readfile_filter=~d a & ~c 200 @filter argument',
      'dumper_filter=~d a & ~c 200 @filter argument',
    ],
  ],
  [[''], []],
  [['--version'], [], 'version'],
  [['--options'], [], 'options'],
  [['--filter-help'], [], 'filter-help'],
  [['--version', '-h'], [], 'help'],
];

for (const [argv, settings, action] of GOOD) {
  const line = parseCommandLine(argv);
  const found = line.settings.map(
    ({ option, text, place }) => `${option}${text === undefined ? '' : `=${text}`} @${place}`,
  );
  t.same(found, settings, argv.join(' '));
  t.equal(line.action, action, `action of ${argv.join(' ')}`);
}

/** Arguments, the code of the error, and the hint. */
const BAD: [argv: string[], code: ProgramErrorCode, hint?: string][] = [
  [['--lisen-port', '1'], 'option-unknown', '--listen-port'],
  [['--no-strct'], 'option-unknown', '--no-strict'],
  [['--strict=yes'], 'option-value', 'takes no value'],
  [['--body-memory=5m'], 'option-unknown', 'write --set body_memory=VALUE'],
  [['--no-keepserving'], 'option-unknown', 'write --set keepserving=VALUE'],
  [['--listen_port', '1'], 'option-unknown', '--listen-port'],
  [['--body_memory=5m'], 'option-unknown', 'write --set body_memory=VALUE'],
  [['-x'], 'option-unknown'],
  [['-xyz'], 'option-unknown'],
  [['-1'], 'option-unknown'],
  [['--qqqqqqqq'], 'option-unknown'],
  [['-w'], 'option-value-missing'],
  [['--set', 'listen_prot=1'], 'option-unknown', 'listen_port'],
  [['--set', 'qqqqqqqq'], 'option-unknown'],
  [['--'], 'option-value-missing'],
  [['-q', '--', ''], 'option-value-missing'],
  [['-w', '--', 'curl'], 'option-value-missing'],
];

t.test('arguments after -- are a command, also those that look like flags', async (t) => {
  t.equal(parseCommandLine(['-n']).command, undefined);
  const { command, words, settings } = parseCommandLine(['-q', '~d a', '--', 'curl', '-x', '--', '-n', '']);
  t.same(command, ['curl', '-x', '--', '-n', '']);
  t.same(words, ['~d a']);
  t.notOk(settings.some(({ option }) => option === 'server'));
});

for (const [argv, code, hint = ''] of BAD) {
  t.throws(() => parseCommandLine(argv), { code, message: containing(hint) }, argv.join(' '));
}

function containing(text: string): RegExp {
  return new RegExp(text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
}
