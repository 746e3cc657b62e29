import t from 'tap';
import { refresh } from '../../../../src/replay/server/response/refresh.js';
import { exchange } from '../../../addons/rewrite/flows.js';

const RECORDED = 'Sun, 06 Nov 1994 08:49:37 GMT';
const HOUR_LATER = 'Sun, 06 Nov 1994 09:49:37 GMT';

t.test('dates are moved by the time since the recording', async (t) => {
  const cases: [[string, string], string | undefined][] = [
    [['Date', RECORDED], HOUR_LATER],
    [['expires', RECORDED], HOUR_LATER],
    [['Last-Modified', RECORDED], HOUR_LATER],
    [['Expires', '0'], '0'],
    [['X-Date', RECORDED], RECORDED],
    [['Set-Cookie', `a=1; Expires=${RECORDED}; Path=/`], `a=1; Expires=${HOUR_LATER}; Path=/`],
    [['Set-Cookie', 'a=1; Expires=never; Path=/'], 'a=1; Path=/'],
    [['Set-Cookie', `=1; Expires=${RECORDED}`], `=1; Expires=${RECORDED}`],
    [['Set-Cookie', 'a=1; Max-Age=5'], 'a=1; Max-Age=5'],
  ];
  for (const [field, wanted] of cases) {
    const { response } = exchange({ response: [field] });
    response!.timestampStart = 1_000_000;
    refresh(response!, 1_003_600);
    t.equal(response!.headers.get(field[0]), wanted, field.join(': '));
  }
});

t.test('each cookie on its own', async (t) => {
  const { response } = exchange({
    response: [
      ['Set-Cookie', `a=1; Expires=${RECORDED}`],
      ['Set-Cookie', 'b=2'],
      ['Set-Cookie', 'c=3; Expires=never'],
      ['Set-Cookie', `d=; Expires=${RECORDED}`],
      ['Set-Cookie', `e; Expires=${RECORDED}`],
    ],
  });
  response!.timestampStart = 1_000_000;
  refresh(response!, 1_003_600);
  t.same(response!.headers.getAll('set-cookie'), [
    `a=1; Expires=${HOUR_LATER}`,
    'b=2',
    'c=3',
    `d=; Expires=${HOUR_LATER}`,
    `e; Expires=${RECORDED}`,
  ]);
});
