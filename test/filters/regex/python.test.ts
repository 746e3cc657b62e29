import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { buildNfa } from '../../../src/filters/regex/automaton.js';
import { BacktrackingEngine } from '../../../src/filters/regex/backtracking.js';
import { Dfa } from '../../../src/filters/regex/dfa.js';
import { JavaScriptEngine } from '../../../src/filters/regex/javascript.js';
import { parseRegex } from '../../../src/filters/regex/parse.js';
import { RegexError } from '../../../src/filters/regex/syntax.js';
import { trimEdges } from '../../../src/filters/regex/trim.js';
import { Random } from '../random.js';
import { randomRegex, randomSubject } from './random-regex.js';

/** What regexes find is compared with what Python's own `re` finds. */
type Case = [pattern: string, isBytes: boolean, flags: string, subjects: string[]];

const SCRIPT = join(import.meta.dirname, '../../../../test/filters/regex/python-search.py');

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
    const javascript = JavaScriptEngine.for(trimEdges(regex));
    return [
      ...(nfa ? [['automaton', new Dfa(nfa)] as [string, Engine]] : []),
      ...(javascript ? [['javascript', javascript] as [string, Engine]] : []),
      ['backtracking', new BacktrackingEngine(regex, undefined)],
      ['backtracking, trimmed', new BacktrackingEngine(trimEdges(regex), undefined)],
    ];
  } catch (error) {
    if (error instanceof RegexError) return [];
    throw error;
  }
}

const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']);
const skip = python.status === 0 ? false : 'python3 3.11 or newer is not installed';

t.test('random regexes find what they find in Python', { skip }, async (t) => {
  const random = new Random(20240531);
  const cases = Array.from({ length: 6000 }, (_, at): Case => {
    const pattern = randomRegex(random, { irregular: at % 2 === 0 });
    const flags = random.pick(['', 'i', 's', 'm', 'ims', 'is']);
    return [pattern, random.chance(0.5), flags, ['', '\n', ...Array.from({ length: 12 }, () => randomSubject(random))]];
  });
  const expected = askPython(cases);
  const compared = new Map<string, number>();
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
  for (const engine of ['automaton', 'javascript', 'backtracking']) t.ok(compared.get(engine)! > 1000, engine);
});
