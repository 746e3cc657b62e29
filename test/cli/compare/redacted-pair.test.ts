import t from 'tap';
import { RedactionKeys } from '../../../src/cli/compare/redacted-pair.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { plainHttpFlow } from '../../serialize/sample-flows.js';

function flow(key: string | undefined): HttpFlow {
  const made = plainHttpFlow('/', '');
  if (key !== undefined) made.metadata = { redacted: { key, counts: {} } };
  return made;
}

t.test('placeholders that cannot be compared match anything', async (t) => {
  const cases: [boolean, string | undefined, string | undefined, boolean][] = [
    [false, 'a', 'a', false],
    [false, undefined, undefined, false],
    [false, 'a', 'b', true],
    [false, 'a', undefined, true],
    [false, undefined, 'a', true],
    [true, 'a', 'b', true],
    // A flow without a key contains no secrets.
    [true, 'a', undefined, false],
  ];
  for (const [isRedacting, key, other, isApart] of cases) {
    const keys = new RedactionKeys(isRedacting);
    const recorded = flow(key);
    keys.check(recorded, flow(other));
    const name = `${isRedacting} ${key} ${other}`;
    t.equal(keys.warning !== undefined, isApart, name);
    const carried = keys.carriedFor(recorded, undefined);
    t.equal(carried !== undefined, isApart, name);
    if (!carried) continue;
    t.equal(carried('Bearer [redacted:0a1b2c]', 'Bearer x'), 'Bearer x');
    t.equal(carried('x', '[redacted:0a1b2c]'), '[redacted:0a1b2c]');
    t.equal(carried('a=[redacted:0a1b2c]', 'b=x'), undefined);
  }
});

t.test('values of a session', async (t) => {
  const values = (value: string): string | undefined => (value === 'old' ? 'new' : undefined);
  const recorded = flow('a');
  const same = new RedactionKeys(true);
  same.check(recorded, flow('a'));
  t.equal(same.carriedFor(recorded, () => values)!('[redacted:0a1b2c]', '[redacted:111111]'), '[redacted:111111]');
  const apart = new RedactionKeys(false);
  apart.check(recorded, flow('b'));
  t.equal(apart.carriedFor(recorded, () => values)!('old', 'new'), 'new');
});
