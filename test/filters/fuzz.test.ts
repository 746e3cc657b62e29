import t from 'tap';
import { compileFilter, FilterError } from '../../src/filters/index.js';
import { OPERATORS } from '../../src/filters/operators/index.js';
import { Random } from '../support/random.js';
import { rounds } from '../support/rounds.js';
import { randomExpression } from './random-expression.js';
import { sampleFlows } from './sample-flows.js';

/** Whatever is given, there is a filter or a FilterError that points into the expression, and never a long wait. */
const flows = Object.values(await sampleFlows());

function attempt(expression: string): 'filter' | 'error' {
  try {
    const filter = compileFilter(expression);
    for (const flow of flows) {
      filter.evaluate(flow, 'requestHeaders');
      if (filter.evaluate(flow, 'end') === 'later') t.fail(`${JSON.stringify(expression)} is undecided at the end`);
    }
    return 'filter';
  } catch (error) {
    if (!(error instanceof FilterError)) throw new Error(`${JSON.stringify(expression)}: ${error}`, { cause: error });
    const length = [...expression].length;
    if (error.column < 1 || error.column > length + 1) t.fail(`${JSON.stringify(expression)}: column ${error.column}`);
    const caret = error.message.split('\n').at(-1)!;
    if (!/^ *\^$/.test(caret)) t.fail(`${JSON.stringify(expression)}: ${error.message}`);
    return 'error';
  }
}

/** Runs many expressions and shows that both outcomes were met. */
function attemptAll(expressions: Iterable<string>): void {
  const outcomes = new Set<string>();
  for (const expression of expressions) outcomes.add(attempt(expression));
  t.same([...outcomes].sort(), ['error', 'filter']);
}

function* times<T>(count: number, make: () => T): Generator<T> {
  for (let at = 0; at < count; at++) yield make();
}

// biome-ignore format: a table
const PIECES = [
  '~', '(', ')', '&', '|', '!', '"', "'", '\\', ' ', '\t', '\n', 'a', '.*', '[', ']', '{2}', '+', '?', '200', '5xx', '>',
  '<=', '1k', '-', ':', '=', '=~', '$', '^', '*', '**', '/', '😀', '\ud800', '\0', '(?=', '(?P<n>', '\\1', '(?i)', '@',
];

t.test('random pieces', async () => {
  const random = new Random(1);
  const names = [...OPERATORS.keys()].map((name) => `~${name} `);
  const piece = (): string => (random.below(4) === 0 ? random.pick(names) : random.pick(PIECES));
  attemptAll(times(rounds(2000, 6000), () => [...times(random.below(10), piece)].join('')));
});

t.test('valid expressions, cut and altered', async () => {
  const random = new Random(2);
  const altered = (): string => {
    const expression = randomExpression(random);
    const at = random.below(expression.length + 1);
    const rest = expression.slice(at + random.below(3));
    return expression.slice(0, at) + (random.below(3) === 0 ? '' : random.pick(PIECES)) + rest;
  };
  attemptAll(times(rounds(700, 2000), altered));
});

t.test('every beginning of a long expression', async () => {
  const whole =
    '!(~d "a\\\\.b"|~c >=500&~q) ~hdr x-a: "b c" | ~json ".a[0].b = \\"c d\\"" ~g "*.c/**" ~size 1k-2m ~dur <1.5s ~after 12:30';
  let length = 0;
  attemptAll(times(whole.length + 1, () => whole.slice(0, length++)));
});

t.test('hostile regexes end', async () => {
  const hostile = [
    '(a+)+$',
    '(a|a)*$',
    '(a*)*b',
    '(.*a){20}',
    '(?=(a+)+$)b',
    '(a+)+\\\\1$',
    '(?:a?){50}a{50}b',
    '(x+x+)+y',
  ];
  for (const regex of hostile) attempt(`~b "${regex}" | ~h "${regex}" | ~u "${regex}"`);
  const long = flows.find((flow) => flow.type === 'http')!;
  if (long.type !== 'http') throw new Error('unreachable');
  long.request.body.loaded = Buffer.from(`${'a'.repeat(50_000)}${'x'.repeat(50_000)}!`);
  for (const regex of hostile) t.type(compileFilter(`~b "${regex}"`).evaluate(long, 'end'), 'string', regex);
});
