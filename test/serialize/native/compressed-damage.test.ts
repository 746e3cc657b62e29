import t from 'tap';
import { COMPRESSIONS } from '../compression/available.js';
import { plainHttpFlow, tcpFlow, upgradedFlow } from '../sample-flows.js';
import { checkBeginnings, checkFlippedBits } from './damage-checks.js';

/** Long enough to be compressed. */
const TEXT = 'one or two '.repeat(15);

for (const compression of COMPRESSIONS) {
  t.test(`${compression}: each beginning of a capture`, async (t) => {
    await checkBeginnings(t, [plainHttpFlow('/1', TEXT), tcpFlow(), plainHttpFlow('/3', '')], compression);
  });

  t.test(`${compression}: each flipped bit of a capture`, async (t) => {
    await checkFlippedBits(t, [plainHttpFlow('/1', TEXT), upgradedFlow()], compression);
  });
}
