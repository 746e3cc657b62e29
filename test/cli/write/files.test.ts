import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { UsageError } from '../../../src/cli/process/exit-error.js';
import { checkJournals, checkOutputs } from '../../../src/cli/write/files.js';
import { currentPath } from '../../../src/cli/write/output-format.js';

const dir = t.testdir({ a: 'a', b: 'b', sub: {} });
const at = (name: string) => join(dir, name);
linkSync(at('a'), at('hard'));
symlinkSync(at('a'), at('soft'));

const writing = (...saveStreamFile: string[]) => ({
  saveStreamFile,
  format: undefined,
  hardump: undefined,
  report: [],
});

for (const input of ['a', 'hard', 'soft']) {
  const message = `input and output are the same file: ${at(input)}`;
  for (const spec of [`+${at('a')}`, at('a')]) {
    t.throws(() => checkOutputs(writing(spec), ['-', at(input)]), { constructor: UsageError, message }, spec);
    t.throws(() => checkOutputs(writing(at('b'), spec), [at(input)]), { constructor: UsageError, message }, spec);
    t.throws(() => checkOutputs({ ...writing(), hardump: spec }, [at(input)]), { constructor: UsageError, message });
  }
}

t.test('directives of strftime stand for what they are now', async (t) => {
  const now = at(`flows-${new Date().getFullYear()}`);
  writeFileSync(now, '');
  const message = `input and output are the same file: ${now}`;
  t.throws(() => checkOutputs(writing(at('flows-%Y')), [now]), { constructor: UsageError, message });
  t.equal(currentPath(`+${at('flows-%Y')}`), now);
  checkOutputs(writing(), [now]);
});

/** Outputs as `-w` gives them, and the message. */
const CONFLICTS: [string[], string | RegExp][] = [
  [['-', '-'], '-w - and -w - are the same file'],
  [['x', '-', 'y', '-'], '-w - and -w - are the same file'],
  [[at('a'), at('a')], `-w ${at('a')} and -w ${at('a')} are the same file`],
  [[at('a'), `+${at('hard')}`], `-w ${at('a')} and -w +${at('hard')} are the same file`],
  [[at('new'), at('b'), at('sub/../new')], `-w ${at('new')} and -w ${at('sub/../new')} are the same file`],
  [[at('f-%Y'), at(`f-${new Date().getFullYear()}`)], /^-w \S+f-%Y and -w \S+f-\d{4} are the same file$/],
  [[at('a'), at('a.live')], `-w ${at('a.live')}: this file is the journal of ${at('a')}`],
  [[at('n.live'), at('n')], `-w ${at('n.live')}: this file is the journal of ${at('n')}`],
];
for (const [specs, message] of CONFLICTS) {
  t.throws(() => checkOutputs(writing(...specs), []), { constructor: UsageError, message }, specs.join(' '));
}
t.throws(() => checkOutputs({ ...writing('x', at('a')), hardump: at('soft') }, []), {
  message: `-w ${at('a')} and hardump ${at('soft')} are the same file`,
});
const report = (path: string) => ({ format: 'json' as const, path });
t.throws(() => checkOutputs({ ...writing(at('b')), report: [report(at('a'))] }, [at('soft')]), {
  message: `input and output are the same file: ${at('soft')}`,
});
t.throws(() => checkOutputs({ ...writing('-'), report: [report('-')] }, []), {
  message: '-w - and --report - are the same file',
});
t.throws(() => checkOutputs({ ...writing(), report: [report(at('new')), report(at('new'))] }, []), {
  message: `--report ${at('new')} and --report ${at('new')} are the same file`,
});
t.throws(() => checkOutputs({ ...writing('-'), hardump: '-' }, []), {
  message: '-w - and hardump - are the same file',
});
checkOutputs({ ...writing('-', at('a'), at('b'), at('new'), '/dev/null'), hardump: '/dev/null' }, ['-', at('none')]);

t.throws(() => checkJournals(writing(at('b'), `+${at('a')}`), [at('a.live')]), {
  constructor: UsageError,
  message: `-r ${at('a.live')}: a recording to ${at('a')} would replace it; read it with -n first`,
});
checkJournals(writing('-', at('a')), ['-', at('b.live')]);
