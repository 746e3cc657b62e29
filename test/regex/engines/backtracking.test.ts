import t from 'tap';
import { BacktrackingEngine } from '../../../src/regex/engines/backtracking.js';
import { parseRegex } from '../../../src/regex/parse.js';
import { RegexError } from '../../../src/regex/syntax.js';

const FLAGS = { ignoreCase: false, multiline: false, dotAll: true };

function engineFor(source: string): BacktrackingEngine {
  return new BacktrackingEngine(parseRegex([...source], FLAGS, true), undefined);
}

t.test('hopeless searches are given up', async (t) => {
  const subject = Buffer.from(`${'a'.repeat(1000)}!`);
  for (const source of ['(?=(a+)+$)b', '(a+)+\\1$', '(?=x)|(a|a)*(?<=b)$', '(?>(?:a|b|ab)*)c(?=d)']) {
    t.equal(engineFor(source).testBytes(subject), false, source);
  }
  t.equal(engineFor('^(?!(a+)+b$)').testBytes(subject), false, 'what could not be ruled out is no match');
});

t.test('a search after one that was given up', async (t) => {
  const engine = engineFor('^(?!(a+)+$)b');
  t.equal(engine.testBytes(Buffer.from(`${'a'.repeat(100)}!`)), false);
  t.equal(engine.testBytes(Buffer.from('b')), true);
});

t.test('long inputs', async (t) => {
  const long = Buffer.alloc(1 << 20, 'a');
  t.equal(engineFor('(?<!a)b').testBytes(long), false);
  t.equal(engineFor('^(?=a*$)').testBytes(long), true);
  t.equal(engineFor('(?=a)[^b]*$').testBytes(long), true);
  t.equal(engineFor('(?<=a)\\Z').testBytes(long), true);
});

t.test('a regex that is too large', async (t) => {
  t.throws(() => engineFor('(?:(?=a)b){50000}'), RegexError);
  t.throws(() => engineFor('(?:(?:(?=a)b){1000}){1000}'), RegexError);
});
