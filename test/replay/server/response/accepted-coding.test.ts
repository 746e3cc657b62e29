import t from 'tap';
import { acceptsCoding } from '../../../../src/replay/server/response/accepted-coding.js';

t.test('whether a coding is accepted', async (t) => {
  const cases: [coding: string | undefined, accepted: string | undefined, recorded: string | undefined, boolean][] = [
    [undefined, 'identity', 'gzip', true],
    ['identity', 'br', 'gzip', true],
    ['gzip', 'gzip, deflate', 'gzip', true],
    ['gzip', 'GZip;q=0.5', undefined, true],
    ['x-gzip', 'gzip', 'gzip', true],
    ['gzip', 'x-gzip', 'gzip', true],
    ['gzip', 'br', 'gzip', false],
    ['gzip', 'br', 'br', true],
    ['gzip', 'gzip;q=0', 'gzip', false],
    ['gzip', 'gzip; q=0.000, *', 'gzip', false],
    ['gzip', '*', 'gzip', true],
    ['gzip', '*;q=0', 'gzip', false],
    ['gzip', '', 'gzip', false],
    ['gzip, br', 'gzip', 'gzip, br', false],
    ['gzip, br', 'br, gzip', 'gzip, br', true],
    ['gzip', undefined, 'gzip', false],
    ['gzip', undefined, undefined, true],
  ];
  for (const [coding, accepted, recorded, wanted] of cases) {
    t.equal(acceptsCoding(coding, accepted, recorded), wanted, [coding, accepted, recorded].join(' | '));
  }
});
