import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { buildNfa } from '../../src/regex/engines/automaton.js';
import { BacktrackingEngine } from '../../src/regex/engines/backtracking.js';
import { Dfa } from '../../src/regex/engines/dfa.js';
import { JavaScriptEngine } from '../../src/regex/engines/javascript.js';
import { compileBytesRegex, compileTextRegex } from '../../src/regex/index.js';
import { parseRegex } from '../../src/regex/parse.js';
import { RegexError } from '../../src/regex/syntax.js';
import { trimEdges } from '../../src/regex/trim.js';
import { Random } from '../support/random.js';
import { rounds } from '../support/rounds.js';
import { randomRegex, randomSubject } from './random-regex.js';

/** What regexes find is compared with what Python's own `re` finds. */
type Case = [pattern: string, isBytes: boolean, flags: string, subjects: string[]];

const SCRIPT = join(import.meta.dirname, '../../../test/regex/python-search.py');

function askPython(cases: Case[]): (boolean[] | null)[] {
  const { stdout, stderr, status } = spawnSync('python3', [SCRIPT], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as (boolean[] | null)[];
}

type Engine = Pick<Dfa, 'testText' | 'testBytes'>;

/** All engines that can run a regex; none if it is refused. The shortened regex is for the one that gets it in practice. */
function enginesFor([pattern, isBytes, letters]: Case): [name: string, Engine][] {
  const flags = { ignoreCase: letters.includes('i'), multiline: letters.includes('m'), dotAll: letters.includes('s') };
  try {
    const regex = parseRegex([...(isBytes ? Buffer.from(pattern).toString('latin1') : pattern)], flags, isBytes);
    const nfa = buildNfa(regex);
    const javascript = JavaScriptEngine.for(trimEdges(regex), isBytes);
    const whole = isBytes ? compileBytesRegex(pattern, flags) : undefined;
    const text = isBytes ? undefined : compileTextRegex(pattern, flags);
    return [
      ['as compiled', { testText: text ?? whole!.latin1, testBytes: whole?.bytes ?? (() => false) }],
      ...(nfa ? [['automaton', new Dfa(nfa)] as [string, Engine]] : []),
      ...(javascript ? [['javascript', javascript] as [string, Engine]] : []),
      ...(nfa ? [] : [['backtracking', new BacktrackingEngine(trimEdges(regex), undefined)] as [string, Engine]]),
    ];
  } catch (error) {
    if (error instanceof RegexError) return [];
    throw error;
  }
}

// biome-ignore format: a table
const PIECES = [
  'a', 'b', '1', '0', '{', '}', ',', '[', ']', '^', '-', '\\', '(', ')', '?', ':', 'P', '<', '>', '=', '!', '|', '*',
  '+', '.', '$', '#', 'i', 'x', ' ', 'é', '\\d', '\\b', '\\1', '(?P<n>', '(?P=n)', '(?i)', '(?:', '[a-', '{1,', '\\x',
  '\\u', '\\0', '\\7', '(?(1)', '7', '&&', '[:',
];

const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']);
const skip = python.status === 0 ? false : 'python3 3.11 or newer is not installed';

/** Compares all engines with Python. @returns how many regexes each of them ran */
function compare(t: Test, cases: Case[]): Map<string, number> {
  const compared = new Map<string, number>();
  const expected = askPython(cases);
  cases.forEach((one, at) => {
    const [pattern, isBytes, flags, subjects] = one;
    const name = JSON.stringify([pattern, isBytes, flags]);
    const engines = enginesFor(one);
    const wanted = expected[at];
    if ((engines.length === 0) !== (wanted === null)) t.fail(`${name} is ${wanted ? 'valid' : 'not valid'} in Python`);
    for (const [engine, tests] of engines) {
      compared.set(engine, (compared.get(engine) ?? 0) + 1);
      const found = subjects.map((text) => (isBytes ? tests.testBytes(Buffer.from(text)) : tests.testText(text)));
      const wrong = subjects.filter((_, index) => found[index] !== wanted?.[index]);
      if (wrong.length > 0) t.fail(`${engine}: ${name} in ${JSON.stringify(wrong)}`);
    }
  });
  return compared;
}

t.test('random regexes match as in Python', { skip }, async (t) => {
  const random = new Random(20240531);
  const cases = Array.from({ length: rounds(1200, 4000) }, (_, at): Case => {
    const pattern = randomRegex(random, at % 2 === 0);
    const flags = random.pick(['', 'i', 's', 'm', 'ims', 'is']);
    const subjects = ['', '\n', ...Array.from({ length: 12 }, () => randomSubject(random))];
    return [pattern, random.below(2) === 0, flags, subjects];
  });
  const compared = compare(t, cases);
  for (const engine of ['automaton', 'javascript', 'backtracking'])
    t.ok(compared.get(engine)! > cases.length / 6, engine);
});

t.test('rejects exactly the regexes that Python rejects', { skip }, async (t) => {
  const random = new Random(20240601);
  const cases = Array.from({ length: rounds(2500, 8000) }, (): Case => {
    const pattern = Array.from({ length: 1 + random.below(7) }, () => random.pick(PIECES)).join('');
    return [pattern, random.below(2) === 0, '', ['', 'a', 'b1', '{', 'a}é-', ' #']];
  });
  t.ok(compare(t, cases).size > 0);
});
