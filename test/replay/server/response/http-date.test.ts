import t from 'tap';
import { parseHttpDate } from '../../../../src/replay/server/response/http-date.js';

t.test('dates', async (t) => {
  const cases: [string, string | undefined][] = [
    ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
    ['Thu, 31-Dec-2037 23:59:59 GMT', '2037-12-31T23:59:59.000Z'],
    ['Sun, 6 Nov 1994 08:49 GMT', '1994-11-06T08:49:00.000Z'],
    ['06 Nov 94 08:49:37 +0130', '1994-11-06T07:19:37.000Z'],
    ['Sun, 06 Nov 1994 08:49:37 -0500', '1994-11-06T13:49:37.000Z'],
    ['Sun, 06 Nov 1994 08:49:37 PST', '1994-11-06T16:49:37.000Z'],
    ['Fri, 01-Jan-38 00:00:00 GMT', '2038-01-01T00:00:00.000Z'],
    ['Sat, 01 Jan 0050 00:00:00 GMT', '1950-01-01T00:00:00.000Z'],
    ['Sun, 6  Nov 1994 08:49:37 GMT', undefined],
    ['Sun, 06 Nov 19x4 08:49:37 GMT', undefined],
    ['0', undefined],
    ['-1', undefined],
    ['', undefined],
    ['tomorrow', undefined],
    ['2023-11-15T06:13:20Z', undefined],
    ['Sun, 06 Foo 1994 08:49:37 GMT', undefined],
  ];
  for (const [text, wanted] of cases) {
    const date = parseHttpDate(text);
    t.equal(date === undefined ? undefined : new Date(date).toISOString(), wanted, text);
  }
});
