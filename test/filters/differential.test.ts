import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compileFilter, FilterError } from '../../src/filters/index.js';
import { MITMPROXY, PYTHON } from '../support/mitmproxy.js';
import { Random } from '../support/random.js';
import { rounds } from '../support/rounds.js';
import { randomExpression } from './random-expression.js';
import { SAMPLES, sampleFlows } from './sample-flows.js';

/**
 * mitmproxy's own filter on the same flows. Excluded are its traps (see docs/filters.md): expressions that it refuses or
 * takes for something else than they look like are not made here.
 */
const SCRIPT = join(import.meta.dirname, '../../../test/filters/mitmproxy_filter.py');

const flows = await sampleFlows();
const names = Object.keys(flows);

function askMitmproxy(expressions: string[], caseSensitive: boolean): ((boolean | null)[] | null)[] {
  const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT], {
    input: JSON.stringify({ flows: Object.values(SAMPLES), expressions, caseSensitive }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ((boolean | null)[] | null)[];
}

/** @returns how often a flow matched, to show that something was compared */
function compare(t: Test, expressions: string[], caseSensitive: boolean): number {
  const expected = askMitmproxy(expressions, caseSensitive);
  let matches = 0;
  expressions.forEach((expression, at) => {
    const wanted = expected[at];
    if (!wanted) {
      t.throws(() => compileFilter(expression), FilterError, `mitmproxy refuses ${expression}`);
      return;
    }
    const filter = compileFilter(expression, { caseSensitive });
    names.forEach((name, index) => {
      if (typeof wanted[index] !== 'boolean') return;
      const matched = filter.evaluate(flows[name]!, 'end') === 'yes';
      if (matched) matches++;
      if (matched !== wanted[index]) t.fail(`${expression} on ${name}: ${matched}, in mitmproxy ${wanted[index]}`);
    });
  });
  return matches;
}

for (const caseSensitive of [false, true]) {
  t.test(`random expressions, ${caseSensitive ? 'case-sensitive' : 'ignoring case'}`, MITMPROXY, async (t) => {
    const random = new Random(caseSensitive ? 7 : 8);
    const count = rounds(100, 300);
    const matches = compare(
      t,
      Array.from({ length: count }, () => randomExpression(random)),
      caseSensitive,
    );
    t.ok(matches > 1.6 * count, `${matches} matches`);
  });
}

/** Spelling: what the grammar makes of blanks, quotes, escapes and precedence. */
const SPELLINGS = [
  '  ~q  ', 'example', '~u  \t example', '"a\\\\.b"', "'users'", "''", "~b ''", "'a'p", 'a p', 'a & p', 'a | p', 'a &p', 'a !p', '! a',
  '!!a', '!(a)', '(a)(p)', '(a)p', 'a (p)', '(a )', '((a))', 'a&p', 'api|png', 'a!p', '~b !x', '~b &', '~b |', 'a~q', '~c 200 example',
  '~c 200|~c 404', '~c 200|png', '~c 200!p', '~c 200~s', '(~c 200)', '(~m GET)', 'api | png c | o', '~q | ~s ~tcp', '~s ~q | ~tcp',
  'a & p | c', 'a | p & c', '! a & p', '!(a | p) & c', '~u \\.png', '~c 0404', '"a\\tb"', "~h '\\0'", "~h '\\07'", '~comment "first\\nl"', '~u *a', '~u [', '~b a**',
  '(', ')', '(a', 'a)', '~b', '~c', '~c x', '~', '~ q', '~xyz', '"a', '', '~b ~q',
]; // biome-ignore format: a table

t.test('spellings', MITMPROXY, async (t) => {
  t.ok(compare(t, SPELLINGS, false) > 50);
});
