import t from 'tap';
import { type ComparedFlow, compare, lines } from './compared-flows.js';

const CASES: [name: string, was: ComparedFlow, now: ComparedFlow, rules: string[], expected: string[]][] = [
  ['nothing', {}, {}, [], []],
  ['status', { status: 200 }, { status: 500 }, [], ['status: 200 → 500']],
  ['status is never ignored', { status: 200 }, { status: 500 }, ['body', 'type:number'], ['status: 200 → 500']],
  [
    'headers that always differ',
    { headers: ['Date: a', 'Age: 1', 'Server: x', 'Connection: close', 'Transfer-Encoding: chunked'] },
    { headers: ['Keep-Alive: timeout=5', 'Content-Length: 0'] },
    [],
    [],
  ],
  ['case and order of names', { headers: ['A: 1', 'B: 2'] }, { headers: ['b: 2', 'a: 1'] }, [], []],
  [
    'changed',
    { headers: ['Cache-Control: no-store'] },
    { headers: ['Cache-Control: private'] },
    [],
    ['cache-control: no-store → private'],
  ],
  ['missing and added', { headers: ['A: 1'] }, { headers: ['B: 2'] }, [], ['a: 1 → missing', 'b: missing → 2']],
  [
    'order of values',
    { headers: ['Vary: a', 'Vary: b'] },
    { headers: ['Vary: b', 'Vary: a'] },
    [],
    ['vary: a, b → b, a'],
  ],
  [
    'a name with several lines is listed where it first stands',
    { headers: ['Vary: a', 'ETag: 1', 'Vary: a'] },
    { headers: ['Vary: a', 'ETag: 2', 'Vary: b'] },
    [],
    ['vary: a, a → a, b', 'etag: 1 → 2'],
  ],
  ['a list in one field or two', { headers: ['Vary: a', 'Vary: b'] }, { headers: ['Vary: a, b'] }, [], []],
  ['ignored', { headers: ['X-Id: 1'] }, { headers: ['X-Id: 2'] }, ['header:x-ID'], []],
  ['ignored when missing', { headers: ['X-Id: 1'] }, {}, ['header:x-ID'], []],
  ['a shape must be there', { headers: ['X-Id: 1'] }, {}, ['type:any header:x-id'], ['x-id: 1 → missing']],
  ['shape', { headers: ['X-T: 1'] }, { headers: ['X-T: 2.5'] }, ['type:number header:x-t'], []],
  [
    'shape that does not fit',
    { headers: ['X-T: 1'] },
    { headers: ['X-T: b'] },
    ['type:number header:x-t'],
    ['x-t: 1 → b'],
  ],
  ['shape within', { headers: ['X-T: rev 1'] }, { headers: ['X-T: rev 2'] }, ['type:number header:x-t'], []],
  ['regex', { headers: ['X-T: host=a1;v=1'] }, { headers: ['X-T: host=b2;v=1'] }, ['/host=[a-z0-9]+/'], []],
  [
    'regex leaves the rest',
    { headers: ['X-T: host=a1;v=1'] },
    { headers: ['X-T: host=b2;v=2'] },
    ['/host=[a-z0-9]+/'],
    ['x-t: host=a1;v=1 → host=b2;v=2'],
  ],
  ['filter matches', { headers: ['A: 1'] }, { headers: ['A: 2'] }, ['~d a : header:a'], []],
  ['filter does not', { headers: ['A: 1'] }, { headers: ['A: 2'] }, ['~d b : header:a'], ['a: 1 → 2']],
  ['UTF-8', { headers: ['A: \xc3\xa9'] }, { headers: ['A: e'] }, [], ['a: é → e']],
  [
    'boundary',
    { headers: ['Content-Type: multipart/mixed; boundary=a'] },
    { headers: ['Content-Type: multipart/mixed; boundary=b'] },
    [],
    [],
  ],
  [
    'cookie value',
    { headers: ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2'] },
    { headers: ['Set-Cookie: b=2', 'Set-Cookie: a=3; Path=/'] },
    [],
    ['set-cookie a: 1 → 3'],
  ],
  [
    'cookie attribute',
    { headers: ['Set-Cookie: a=1; Path=/; HttpOnly'] },
    { headers: ['Set-Cookie: a=1; path=/x'] },
    [],
    ['set-cookie a; path: / → /x', 'set-cookie a; httponly: set → missing'],
  ],
  [
    'cookie expiry',
    { headers: ['Set-Cookie: a=1; Expires=Fri, 31 May 2024 12:00:00 GMT'] },
    { headers: ['Set-Cookie: a=1; Expires=Sat, 01 Jun 2024 12:00:00 GMT'] },
    [],
    [],
  ],
  [
    'cookie deleted',
    { headers: ['Set-Cookie: a=1; Expires=Fri, 31 May 2024 12:00:00 GMT'] },
    { headers: ['Set-Cookie: a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'] },
    [],
    ['set-cookie a; expires: a date → in the past'],
  ],
  ['cookie ignored', { headers: ['Set-Cookie: a=1'] }, { headers: ['Set-Cookie: a=2; Secure'] }, ['cookie:a'], []],
  [
    'cookie shape',
    { headers: ['Set-Cookie: a=1; Path=/'] },
    { headers: ['Set-Cookie: a=2'] },
    ['type:any cookie:a'],
    ['set-cookie a; path: / → missing'],
  ],
  ['cookie removed', { headers: ['Set-Cookie: a=1'] }, {}, [], ['set-cookie a: 1 → missing']],
  [
    'redirect to the own host',
    { host: 'prod', headers: ['Location: http://prod/x'] },
    { host: 'test:81', headers: ['Location: http://test:81/x'] },
    [],
    [],
  ],
  [
    'redirect to the recorded host',
    { host: 'prod', headers: ['Location: http://prod/x'] },
    { host: 'test', headers: ['Location: http://prod/x'] },
    [],
    [],
  ],
  [
    'redirect with parameters',
    { headers: ['Location: /x?a=1&b=2'] },
    { headers: ['Location: /x?b=3&a=1'] },
    [],
    ['location parameter b: 2 → 3'],
  ],
  [
    'redirect with an ignored parameter',
    { headers: ['Location: /x?state=1'] },
    { headers: ['Location: /x?state=2'] },
    ['param:state'],
    [],
  ],
  [
    'redirect with a shaped parameter',
    { headers: ['Location: /x?t=1'] },
    { headers: ['Location: /x?t=2'] },
    ['type:number param:t'],
    [],
  ],
  ['trailers', { trailers: ['Sum: 1'] }, { trailers: ['Sum: 2'] }, [], ['sum: 1 → 2']],
  ['trailers ignored', { trailers: ['Sum: 1'] }, {}, ['header:sum'], []],
  ['no response now', {}, { error: 'refused' }, [], ['response: status 200 → no response (refused)']],
  ['no response then', { error: 'refused' }, {}, [], ['response: no response (refused) → status 200']],
  ['no response at all', { error: 'refused' }, { error: 'timeout' }, [], []],
];
for (const [name, was, now, rules, expected] of CASES) {
  t.test(name, async (t) => t.same(lines(await compare(was, now, rules)), expected));
}

t.test('latency', async (t) => {
  const slower = (was: number, now: number) => compare({ duration: was }, { duration: now }, [], { slower: 2 });
  t.same(lines(await slower(0.1, 0.19)), []);
  t.same(lines(await slower(0.1, 0.31)), ['duration: 100 ms → 310 ms']);
  t.same(lines(await slower(0.001, 0.04)), [], 'both are fast');
  t.same(lines(await slower(10, 30)), ['duration: 10.0 s → 30.0 s']);
});

t.test('values that a session carried over', async (t) => {
  const carried = (value: string) => (value === 'old-token' ? 'new-token' : value === '7' ? '8' : undefined);
  const compareWith = (was: ComparedFlow, now: ComparedFlow) => compare(was, now, [], { carried: () => carried });
  t.same(await compareWith({ headers: ['X-T: old-token'] }, { headers: ['X-T: new-token'] }), []);
  t.same(
    await compareWith(
      { headers: ['Location: /orders/7?t=old-token'] },
      { headers: ['Location: /orders/8?t=new-token'] },
    ),
    [],
  );
  t.same(await compareWith({ headers: ['Set-Cookie: s=old-token'] }, { headers: ['Set-Cookie: s=new-token'] }), []);
  t.same(await compareWith({ body: '{"id":7,"t":"a old-token"}' }, { body: '{"id":8,"t":"a new-token"}' }), []);
  t.same(await compareWith({ body: 'see old-token' }, { body: 'see new-token' }), []);
  t.equal((await compareWith({ body: '{"id":7}' }, { body: '{"id":9}' })).length, 1);
});

t.test('a content coding that the import of a HAR has removed', async (t) => {
  const metadata = { har: { response: ['content-length: 5', 'content-encoding: gzip'] } };
  const imported = { headers: ['ETag: 1'], metadata };
  const sent = (coding: string) => ({ headers: ['ETag: 1', `Content-Encoding: ${coding}`] });
  t.same(await compare(imported, sent('gzip')), []);
  t.same(await compare(sent('gzip'), imported), [], 'in the other file');
  t.same(lines(await compare(imported, sent('br'))), ['content-encoding: gzip → br']);
  t.same(lines(await compare(imported, { headers: ['ETag: 1'] })), ['content-encoding: gzip → missing']);
  for (const note of ['中', '\0', '\x01', ' ', '', 7, null, {}]) {
    const notes = typeof note === 'string' ? `content-encoding: ${note}` : note;
    const other = { headers: ['ETag: 1'], metadata: { har: { response: [notes] } } };
    t.same(await compare(other, { headers: ['ETag: 1'] }), [], `metadata of another program: ${JSON.stringify(note)}`);
  }
});
