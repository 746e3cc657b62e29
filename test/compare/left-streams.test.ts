import t from 'tap';
import { compare, lines } from './compared-flows.js';

t.test('of streams that both clients left, more than was recorded is no difference', async (t) => {
  const cases: [was: string, now: string, expected: string[]][] = [
    ['{"n":1}\n', '{"n":1}\n{"n":2}\n', []],
    ['data: 1\n\ndata: 2\n\n', 'data: 1\n\ndata: 3\n\ndata: 4\n\n', ['line 3: data: 2 → data: 3']],
    ['{"n":1}\n{"n":2}\n', '{"n":1000000000}\n', ['line 1: {"n":1} → {"n":1000000000}']],
    ['1\n2\n3\n', '1\n2\n', ['line 3: 3 → missing']],
    ['1\n2\n', '', ['line 1: 1 → missing', 'line 2: 2 → missing']],
    ['', '1\n', []],
    ['no line', 'no end', ['line 1: no line → no end']],
  ];
  for (const [was, now, expected] of cases) {
    const [recorded, replayed] = [was, now].map((body) => ({
      headers: ['Content-Type: text/plain'],
      body,
      left: true,
    }));
    t.same(lines(await compare(recorded!, replayed!)), expected, JSON.stringify([was, now]));
  }
  const headers = ['Content-Type: text/plain'];
  const [open, ended] = [
    { headers, body: '1\n', left: true },
    { headers, body: '1\n2\n' },
  ];
  t.same(lines(await compare(open, ended)), ['line 2: missing → 2'], 'one side has ended');
  const grpc = { headers: ['Content-Type: application/grpc'], left: true };
  const message = Buffer.from('00000000020801', 'hex');
  const two = Buffer.concat([message, message]);
  t.same(await compare({ ...grpc, body: message }, { ...grpc, body: two }), []);
  t.match(await compare({ ...grpc, body: two }, { ...grpc, body: message }), [{ place: 'message 2' }]);
});
