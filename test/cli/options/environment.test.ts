import t from 'tap';
import { environmentSettings, variableOf } from '../../../src/cli/options/environment.js';
import { UsageError } from '../../../src/cli/process/exit-error.js';

const CASES: [NodeJS.ProcessEnv, [string, string | undefined][]][] = [
  [{ PATH: '/bin', NO_COLOR: '1', TSDUMP_SSLKEYLOGFILE: 'a' }, []],
  [{ TSDUMP_LISTEN_PORT: '9000' }, [['listen_port', '9000']]],
  [{ TSDUMP_LISTEN_HOST: '' }, [['listen_host', '']]],
  [
    { TSDUMP_MODE: 'regular@1\nregular@2\n' },
    [
      ['mode', 'regular@1'],
      ['mode', 'regular@2'],
    ],
  ],
  [{ TSDUMP_MODE: '' }, [['mode', undefined]]],
];

for (const [environment, expected] of CASES) {
  const found = environmentSettings(environment).map(({ option, text }) => [option, text]);
  t.same(found, expected, JSON.stringify(environment));
}

t.same(
  environmentSettings({ TSDUMP_RFILE: 'a' }),
  [{ option: 'rfile', text: 'a', source: 'environment', place: 'TSDUMP_RFILE' }],
  'names the variable',
);
t.equal(variableOf('listen_port'), 'TSDUMP_LISTEN_PORT');

const BAD: [string, string][] = [
  [
    'TSDUMP_LISTENPORT',
    'environment variable TSDUMP_LISTENPORT: there is no option listenport (did you mean TSDUMP_LISTEN_PORT?)',
  ],
  [
    'TSDUMP_listen_port',
    'environment variable TSDUMP_listen_port: there is no option listen_port (did you mean TSDUMP_LISTEN_PORT?)',
  ],
  ['TSDUMP_', 'environment variable TSDUMP_: there is no option without a name'],
];
for (const [variable, message] of BAD) {
  t.throws(() => environmentSettings({ [variable]: '1' }), { constructor: UsageError, message }, variable);
}
