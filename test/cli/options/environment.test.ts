import t from 'tap';
import { environmentSettings, variableOf } from '../../../src/cli/options/environment.js';

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

/** Variables, and the one that is meant. */
const UNKNOWN: [variable: string, meant: RegExp][] = [
  ['TSDUMP_LISTENPORT', /\bTSDUMP_LISTENPORT\b.*\bTSDUMP_LISTEN_PORT\b/],
  ['TSDUMP_listen_port', /\bTSDUMP_listen_port\b.*\bTSDUMP_LISTEN_PORT\b/],
  ['TSDUMP_', /\bTSDUMP_(?!.*TSDUMP)/],
];
for (const [variable, message] of UNKNOWN) {
  t.throws(() => environmentSettings({ [variable]: '1' }), { code: 'option-unknown', message }, variable);
}
