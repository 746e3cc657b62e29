import t from 'tap';
import { Redactor } from '../../../../src/redact/index.js';
import { capture, exchange, replayOf } from '../recorded.js';

t.test('explanations of misses have no secrets', async (t) => {
  const redactor = new Redactor({ key: Buffer.from('key of the test') });
  const json = (secret: string) => `{"a":{"password":"${secret}"},"b":1}`;
  const form: [string, string][] = [['Content-Type', 'application/x-www-form-urlencoded']];
  const header = (secret: string): [string, string][] => [['X-Api-Key', secret]];
  const cases: [name: string, flow: (secret: string) => ReturnType<typeof exchange>][] = [
    ['query', (secret) => exchange({ method: 'POST', url: `http://a.test/?password=${secret}` })],
    ['JSON', (secret) => exchange({ method: 'POST', requestBody: json(secret) })],
    ['form', (secret) => exchange({ method: 'POST', request: form, requestBody: `b=1&password=${secret}` })],
    ['header', (secret) => exchange({ method: 'POST', request: header(secret) })],
  ];
  for (const [name, flow] of cases) {
    const lines: string[] = [];
    const replay = await replayOf(t, [await capture(t, [flow('hunter1secret')])], {
      extra: 404,
      lines,
      keys: { useHeaders: ['x-api-key'] },
      redact: (text) => redactor.text(text),
    });
    const missed = flow('hunter2secret');
    missed.response = undefined;
    await replay.request(missed);
    await replay.settled();
    const differences = lines.join('\n').split('\n').slice(2).join('\n');
    t.match(differences, /: "\[redacted:\w+\]" → "\[redacted:\w+\]"$/, name);
    t.notMatch(differences, 'hunter', name);
  }
});
