import t from 'tap';
import { parseCookieDate } from '../../../src/flow/message/cookie-date.js';

t.test('dates of cookies', async (t) => {
  const table: [text: string, date: string | undefined][] = [
    ['Wed, 21 Oct 2015 07:28:00 GMT', '2015-10-21T07:28:00.000Z'],
    ['Wed, 21-Oct-2015 07:28:00 GMT', '2015-10-21T07:28:00.000Z'],
    ['Wednesday, 21-Oct-15 07:28:00 GMT', '2015-10-21T07:28:00.000Z'],
    ['Wed Oct 21 07:28:00 2015', '2015-10-21T07:28:00.000Z'],
    ['21 october 2015 7:28:0', '2015-10-21T07:28:00.000Z'],
    ['Fri, 01 Jan 99 00:00:00 GMT', '1999-01-01T00:00:00.000Z'],
    ['Thu, 01 Jan 69 00:00:00 GMT', '2069-01-01T00:00:00.000Z'],
    ['Thu, 01 Jan 1970 00:00:00 GMT', '1970-01-01T00:00:00.000Z'],
    ['2015-10-21T07:28:00Z', undefined],
    ['Wed, 32 Oct 2015 07:28:00 GMT', undefined],
    ['Wed, 21 Oct 2015 24:28:00 GMT', undefined],
    ['Wed, 21 Oct 1600 07:28:00 GMT', undefined],
    ['Wed, 21 Oct 2015', undefined],
    ['never', undefined],
    ['', undefined],
  ];
  for (const [text, date] of table) {
    const time = parseCookieDate(text);
    t.equal(time === undefined ? undefined : new Date(time).toISOString(), date, text);
  }
});
