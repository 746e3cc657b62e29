import { homedir } from 'node:os';
import t from 'tap';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { Setting, SettingSource } from '../../../src/cli/options/setting.js';
import { OPTIONS, type OptionName } from '../../../src/cli/options/table/index.js';
import type { ProgramErrorCode } from '../../../src/cli/process/error-codes.js';

const flag = (option: OptionName, text?: string): Setting => from('command line', option, text);
const set = (option: OptionName, text?: string): Setting => ({
  ...from('command line', option, text),
  place: `--set ${option}`,
  bySet: true,
});
function from(source: SettingSource, option: OptionName, text?: string): Setting {
  return { option, text, source, place: `the ${source}` };
}

const defaults = resolveOptions([]).values;
t.match(defaults, {
  server: true,
  mode: ['regular'],
  listenHost: '127.0.0.1',
  listenPort: undefined,
  rfile: [],
});
t.equal(defaults.confdir, `${homedir()}/.tsdump`, 'defaults are expanded');
t.equal(Object.keys(defaults).length, OPTIONS.size, 'all options have a value');

/** What it shows, the settings, the option and its value. */
const VALUES: [string, Setting[], keyof typeof defaults, unknown][] = [
  ['config file wins over default', [from('config file', 'listen_port', '1')], 'listenPort', 1],
  [
    'environment wins over config file',
    [from('environment', 'listen_port', '2'), from('config file', 'listen_port', '1')],
    'listenPort',
    2,
  ],
  [
    'command line wins over environment',
    [flag('listen_port', '3'), from('environment', 'listen_port', '2')],
    'listenPort',
    3,
  ],
  ['--set is command line', [set('listen_port', '3'), from('config file', 'listen_port', '1')], 'listenPort', 3],
  [
    '-q wins over the environment',
    [from('shorthand', 'flow_detail', '0'), from('environment', 'flow_detail', '3')],
    'flowDetail',
    0,
  ],
  ['an explicit flag wins over -q', [flag('flow_detail', '4'), from('shorthand', 'flow_detail', '0')], 'flowDetail', 4],
  [
    'the last shorthand wins',
    [from('shorthand', 'flow_detail', '0'), from('shorthand', 'flow_detail', '2')],
    'flowDetail',
    2,
  ],
  ['a flag without a value, twice', [flag('server', 'false'), flag('server', 'false')], 'server', false],
  ['a bool without a value', [set('showhost')], 'showhost', true],
  ['a bool toggled', [set('showhost', 'toggle')], 'showhost', true],
  ['a bool toggled back', [from('config file', 'showhost', 'true'), set('showhost', 'toggle')], 'showhost', false],
  ['an optional without a value', [from('config file', 'spool_dir', 'a'), set('spool_dir')], 'spoolDir', undefined],
  ['an empty optional', [from('config file', 'spool_dir', 'a'), set('spool_dir', '')], 'spoolDir', undefined],
  ['an empty text', [flag('listen_host', '')], 'listenHost', ''],
  ['elements', [flag('mode', 'regular@1'), set('mode', 'regular@2')], 'mode', ['regular@1', 'regular@2']],
  [
    'elements of one source only',
    [flag('mode', 'regular@1'), from('environment', 'mode', 'regular@2')],
    'mode',
    ['regular@1'],
  ],
  ['an emptied list', [flag('mode', 'regular@1'), set('mode')], 'mode', []],
  ['a list with an empty element', [flag('rfile', 'a'), set('rfile', '')], 'rfile', []],
  ['an emptied list, then an element', [set('mode'), flag('mode', 'regular@1')], 'mode', ['regular@1']],
  ['a secret that is taken back', [from('environment', 'proxyauth', 'a:b'), set('proxyauth')], 'proxyauth', undefined],
  ['an address in brackets', [flag('listen_host', '[::1]')], 'listenHost', '::1'],
  ['a size', [set('body_memory', '1m')], 'bodyMemory', 1048576],
];

for (const [what, settings, name, value] of VALUES) t.same(resolveOptions(settings).values[name], value, what);

/** What is wrong, the settings, the code, and the place that the message names. */
const BAD: [what: string, settings: Setting[], code: ProgramErrorCode, place: string][] = [
  ['bad value', [flag('listen_port', 'x')], 'option-value', 'the command line'],
  [
    'bad value that another overrides',
    [from('environment', 'strict', 'x'), flag('strict', 'true')],
    'option-value',
    'the environment',
  ],
  ['no value', [set('connect_timeout')], 'option-value-missing', '--set connect_timeout'],
  ['null in the config file', [from('config file', 'strict')], 'option-value-missing', 'the config file'],
  ['toggle belongs to --set', [from('environment', 'strict', 'toggle')], 'option-value', 'the environment'],
  ['two --set', [set('spool_dir', 'a'), set('spool_dir', 'b')], 'option-repeated', '--set spool_dir'],
  ['two flags', [flag('flow_detail', '1'), flag('flow_detail', '2')], 'option-repeated', 'the command line'],
  [
    'two flags that say the same',
    [flag('listen_port', '1'), flag('listen_port', '1')],
    'option-repeated',
    'the command line',
  ],
  ['flag and --set', [flag('listen_port', '1'), set('listen_port', '1')], 'option-repeated', '--set listen_port'],
  ['--set and flag', [set('showhost'), flag('showhost', 'true')], 'option-repeated', 'the command line'],
  [
    'a bool and its opposite',
    [flag('showhost', 'true'), flag('showhost', 'true'), flag('showhost', 'false')],
    'option-repeated',
    'the command line',
  ],
  ['two --set of a bool', [set('showhost'), set('showhost')], 'option-repeated', '--set showhost'],
  ['bad element', [flag('mode', 'x')], 'option-value', 'the command line'],
  ['a secret', [flag('upstream_auth', 'geheim')], 'option-value', 'the command line'],
  ['a secret in a mode', [flag('mode', 'upstream:h:x@h:0')], 'option-value', 'the command line'],
  ['an empty secret', [from('environment', 'proxyauth', '')], 'option-value', 'the environment'],
  [
    'an empty element of a flag',
    [flag('save_stream_file', 'a'), flag('save_stream_file', '')],
    'option-value',
    'the command line',
  ],
  ['an empty one with --set', [set('upstream_auth', '')], 'option-value', '--set upstream_auth'],
];

for (const [what, settings, code, place] of BAD) {
  t.throws(() => resolveOptions(settings), { code, message: new RegExp(`^${place}: (?!.*(?:geheim|x@h))`) }, what);
}

const { origins } = resolveOptions([
  flag('listen_port', '1'),
  set('rfile', 'a'),
  from('environment', 'strict', 'true'),
]);
t.same(origins.get('listen_port'), { source: 'command line', place: 'the command line' });
t.same(origins.get('rfile'), { source: 'command line', place: '--set rfile' });
t.same(origins.get('strict'), { source: 'environment', place: 'the environment' });
t.same(origins.get('mode'), { source: 'default', place: 'the default' });

t.test('long values are cut in messages', async (t) => {
  for (const text of ['x'.repeat(5000), `"${'$&\\'.repeat(2000)}`]) {
    for (const option of ['listen_port', 'mode', 'dumper_filter', 'map_remote', 'expect', 'allow_hosts'] as const) {
      try {
        resolveOptions([flag(option, text)]);
      } catch (error) {
        t.ok((error as Error).message.length < 700, `${option} ${(error as Error).message.length}`);
      }
    }
  }
});
