import t from 'tap';
import { withCommand } from '../../../src/cli/command/implied.js';
import { withImplied } from '../../../src/cli/options/gather.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { Setting, SettingSource } from '../../../src/cli/options/setting.js';
import type { OptionName, Options } from '../../../src/cli/options/table/index.js';

const from = (source: SettingSource, option: OptionName, text: string): Setting => ({
  option,
  text,
  source,
  place: source,
});
const flag = (option: OptionName, text: string): Setting => from('command line', option, text);
const apply = (settings: Setting[]): Options => withCommand(withImplied(resolveOptions(settings))).values;

const CASES: [what: string, settings: Setting[], expected: Partial<Options>][] = [
  ['by default', [], { flowDetail: 0, termlogVerbosity: 'warn', listenPort: 0, upstreamFromEnv: true }],
  ['a detail', [flag('flow_detail', '2')], { flowDetail: 2, termlogVerbosity: 'warn' }],
  [
    '-v',
    [from('shorthand', 'flow_detail', '2'), from('shorthand', 'termlog_verbosity', 'debug')],
    { flowDetail: 2, termlogVerbosity: 'debug' },
  ],
  ['-q', [from('shorthand', 'termlog_verbosity', 'error')], { flowDetail: 0, termlogVerbosity: 'error' }],
  ['statistics', [flag('stat', 'true')], { flowDetail: 0, stat: true }],
  ['what is usual is not requested', [from('config file', 'flow_detail', '3')], { flowDetail: 0 }],
  ['a port', [from('environment', 'listen_port', '99')], { listenPort: 99 }],
  ['no proxies', [flag('upstream_from_env', 'false')], { upstreamFromEnv: false }],
];
for (const [what, settings, expected] of CASES) t.match(apply(settings), expected, what);

for (const setting of [
  flag('server', 'false'),
  flag('save_stream_file', '-'),
  flag('hardump', '-'),
  flag('rfile', '-'),
  flag('report', 'json=-'),
  flag('proxyauth', '@users'),
]) {
  t.throws(() => apply([setting]), { code: 'option-conflict' }, setting.option);
}
