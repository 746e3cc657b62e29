import { homedir } from 'node:os';
import t from 'tap';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { Setting, Source } from '../../../src/cli/options/setting.js';
import { OPTIONS, type OptionName } from '../../../src/cli/options/table/index.js';
import { UsageError } from '../../../src/cli/process/exit-error.js';

const flag = (option: OptionName, text?: string): Setting => from('command line', option, text);
const set = (option: OptionName, text?: string): Setting => ({
  ...from('command line', option, text),
  place: `--set ${option}`,
  bySet: true,
});
function from(source: Source, option: OptionName, text?: string): Setting {
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

const BAD: [string, Setting[], string | RegExp][] = [
  ['bad value', [flag('listen_port', 'x')], 'the command line: expected a whole number from 0 to 65535, got "x"'],
  [
    'bad value that another overrides',
    [from('environment', 'strict', 'x'), flag('strict', 'true')],
    'the environment: expected true or false, got "x"',
  ],
  ['no value', [set('connect_timeout')], '--set connect_timeout: expected a value'],
  ['null in the config file', [from('config file', 'strict')], 'the config file: expected a value'],
  [
    'toggle belongs to --set',
    [from('environment', 'strict', 'toggle')],
    'the environment: expected true or false, got "toggle"',
  ],
  [
    'two --set',
    [set('spool_dir', 'a'), set('spool_dir', 'b')],
    '--set spool_dir: the option takes one value, but was set twice',
  ],
  [
    'two flags',
    [flag('flow_detail', '1'), flag('flow_detail', '2')],
    'the command line: the option takes one value, but was set twice',
  ],
  [
    'two flags that say the same',
    [flag('listen_port', '1'), flag('listen_port', '1')],
    'the command line: the option takes one value, but was set twice',
  ],
  [
    'flag and --set',
    [flag('listen_port', '1'), set('listen_port', '1')],
    '--set listen_port: the option takes one value, but the command line also sets it',
  ],
  [
    '--set and flag',
    [set('showhost'), flag('showhost', 'true')],
    'the command line: the option takes one value, but --set showhost also sets it',
  ],
  [
    'a bool and its opposite',
    [flag('showhost', 'true'), flag('showhost', 'true'), flag('showhost', 'false')],
    'the command line: the option takes one value, but was set twice',
  ],
  [
    'two --set of a bool',
    [set('showhost'), set('showhost')],
    '--set showhost: the option takes one value, but was set twice',
  ],
  [
    'bad element',
    [flag('mode', 'x')],
    /^the command line: Mode "x": no such mode; expected regular, .* or transparent\.$/,
  ],
  ['a secret', [flag('upstream_auth', 'geheim')], 'the command line: expected USER:PASSWORD'],
  [
    'a secret in a mode',
    [flag('mode', 'upstream:h:x@h:0')],
    'the command line: Mode "upstream:***@h:0", column 16: "0": not a port from 1 to 65535.',
  ],
  ['an empty secret', [from('environment', 'proxyauth', '')], /^the environment: expected USER:PASSWORD, .*is empty$/],
  ['an empty one with --set', [set('upstream_auth', '')], '--set upstream_auth: expected USER:PASSWORD'],
];

for (const [what, settings, message] of BAD) {
  t.throws(() => resolveOptions(settings), { constructor: UsageError, message }, what);
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
