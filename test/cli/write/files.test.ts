import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
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
  const message = naming(at(input));
  for (const spec of [`+${at('a')}`, at('a')]) {
    t.throws(() => checkOutputs(writing(spec), ['-', at(input)]), { code: 'same-file', message }, spec);
    t.throws(() => checkOutputs(writing(at('b'), spec), [at(input)]), { code: 'same-file', message }, spec);
    t.throws(() => checkOutputs({ ...writing(), hardump: spec }, [at(input)]), { code: 'same-file', message });
  }
}

t.test('directives of strftime stand for what they are now', async (t) => {
  const now = at(`flows-${new Date().getFullYear()}`);
  writeFileSync(now, '');
  const message = naming(now);
  t.throws(() => checkOutputs(writing(at('flows-%Y')), [now]), { code: 'same-file', message });
  t.equal(currentPath(`+${at('flows-%Y')}`), now);
  checkOutputs(writing(), [now]);
});

/** Outputs of `-w`, and those of them that are the same. */
const CONFLICTS: [specs: string[], named: RegExp][] = [
  [['-', '-'], /-w - .*-w - /],
  [['x', '-', 'y', '-'], /-w - .*-w - /],
  [[at('a'), at('a')], naming(`-w ${at('a')} `, `-w ${at('a')} `)],
  [[at('a'), `+${at('hard')}`], naming(`-w ${at('a')} `, `-w +${at('hard')} `)],
  [[at('new'), at('b'), at('sub/../new')], naming(`-w ${at('new')} `, `-w ${at('sub/../new')} `)],
  [[at('f-%Y'), at(`f-${new Date().getFullYear()}`)], /-w \S+f-%Y .*-w \S+f-\d{4} /],
  [[at('a'), at('a.live')], naming(`-w ${at('a.live')}: `, at('a'))],
  [[at('n.live'), at('n')], naming(`-w ${at('n.live')}: `, at('n'))],
];
for (const [specs, message] of CONFLICTS) {
  t.throws(() => checkOutputs(writing(...specs), []), { code: 'same-file', message }, specs.join(' '));
}
t.throws(() => checkOutputs(writing(at('b'), '+'), []), { code: 'usage', message: /-w \+/ }, 'the name is missing');
t.throws(() => checkOutputs({ ...writing('x', at('a')), hardump: at('soft') }, []), {
  code: 'same-file',
  message: naming(`-w ${at('a')} `, `hardump ${at('soft')} `),
});
const report = (path: string) => ({ format: 'json' as const, path });
t.throws(() => checkOutputs({ ...writing(at('b')), report: [report(at('a'))] }, [at('soft')]), {
  code: 'same-file',
  message: naming(at('soft')),
});
t.throws(() => checkOutputs({ ...writing('-'), report: [report('-')] }, []), {
  code: 'same-file',
  message: naming('-w - ', '--report - '),
});
t.throws(() => checkOutputs({ ...writing(), report: [report(at('new')), report(at('new'))] }, []), {
  code: 'same-file',
  message: naming(`--report ${at('new')} `, `--report ${at('new')} `),
});
t.throws(() => checkOutputs({ ...writing('-'), hardump: '-' }, []), {
  code: 'same-file',
  message: naming('-w - ', 'hardump - '),
});
checkOutputs({ ...writing('-', at('a'), at('b'), at('new'), '/dev/null'), hardump: '/dev/null' }, ['-', at('none')]);

t.throws(() => checkJournals(writing(at('b'), `+${at('a')}`), [at('a.live')]), {
  code: 'same-file',
  message: naming(`-r ${at('a.live')}: `, at('a')),
});
checkJournals(writing('-', at('a')), ['-', at('b.live')]);

/** Messages that name these texts in this order. */
function naming(...texts: string[]): RegExp {
  return new RegExp(texts.map((text) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('.*'));
}
