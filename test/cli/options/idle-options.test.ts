import t from 'tap';
import { parseCommandLine } from '../../../src/cli/options/command-line.js';
import { refuseIdleOptions } from '../../../src/cli/options/idle-options.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';

const DIFF = ['-nr', 'a', '--diff', 'b'];

/** Arguments, and the flag that is refused. */
const CASES: [args: string[], refused: string | undefined, code?: string][] = [
  [['-p', '0'], undefined],
  [['--replay-to', 'http://s'], '--replay-to', 'option-requires'],
  [['--set', 'replay_window=1'], '--set replay_window', 'option-requires'],
  [['-C', 'x', '--replay-to', 'http://s'], undefined],
  [['-C', 'x', '--diff', 'y'], '--client-replay', 'option-conflict'],
  [['--replay-compare'], '--replay-compare', 'option-requires'],
  [['-C', 'x', '--fail-on-diff', 'body'], '--fail-on-diff', 'option-requires'],
  [['-C', 'x', '--replay-compare', '--fail-on-diff', 'body'], undefined],
  [[...DIFF, '--fail-on-diff', 'body'], undefined],
  [['-p', '0', '--since', '1h'], '--since', 'option-requires'],
  [['-S', 'x', '--before', '1h'], '--before', 'option-requires'],
  [['-nr', 'x', '--since', '1h'], undefined],
  [['-C', 'x', '--since', '1h'], undefined],
  [[...DIFF, '--since', '1h'], undefined],
  [['--fail-on-miss'], '--fail-on-miss', 'option-requires'],
  [['--offline', '--fail-on-miss'], undefined],
  [['-S', 'x', '--fail-on-unused'], undefined],
  [[...DIFF, '--fail-on', '~e'], '--fail-on', 'option-conflict'],
  [[...DIFF, '--expect', '~e'], '--expect', 'option-conflict'],
  [[...DIFF, '--expect-latency', 'max <1s'], '--expect-latency', 'option-conflict'],
  [[...DIFF, '--max-flows', '1'], '--max-flows', 'option-conflict'],
  [[...DIFF, '--follow'], '--follow', 'option-conflict'],
  [[...DIFF, '--stat'], '--stat', 'option-conflict'],
  [[...DIFF, '-S', 'x'], '--server-replay', 'option-conflict'],
  [[...DIFF, '-H', '/a/b'], '--modify-headers', 'option-conflict'],
  [[...DIFF, '--report', 'json=x', '-q', '--sort', '~c 200'], undefined],
];

for (const [args, refused, code] of CASES) {
  const resolved = resolveOptions(parseCommandLine(args).settings);
  if (refused === undefined) t.doesNotThrow(() => refuseIdleOptions(resolved), args.join(' '));
  else {
    const message = new RegExp(`^${refused}: `);
    t.throws(() => refuseIdleOptions(resolved), { code, message }, args.join(' '));
  }
}
