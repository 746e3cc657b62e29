import t from 'tap';
import type { HttpFlow } from '../../../../src/flow/flow.js';
import { capture, exchange, type ReplaySettings, replayOf } from '../recorded.js';

const EXPECT: [string, string] = ['Expect', '100-continue'];

/** An upload that the server has answered before its end. @param sent what was received of it */
function refused(status: number, sent = '', path = '/'): HttpFlow {
  const request = [EXPECT, ['X-Length', '20']] as [string, string][];
  const flow = exchange({ method: 'PUT', url: `http://a.test${path}`, request, requestBody: sent, status });
  flow.request.body.complete = false;
  flow.request.timestampEnd = undefined;
  return flow;
}

/** An upload that was sent completely, but not recorded to its end. */
function recordedInPart(): HttpFlow {
  const flow = refused(201, 'par');
  flow.request.timestampEnd = flow.request.timestampStart;
  return flow;
}

const accepted = (requestBody: string): HttpFlow =>
  exchange({ method: 'PUT', request: [EXPECT], requestBody, status: 201 });

const CASES: [name: string, flows: () => HttpFlow[], asked: string[], statuses: string, ReplaySettings?][] = [
  ['any body', () => [refused(417), refused(413, 'par')], ['one', 'other', 'further'], '417 413 404'],
  ['a refusal, then the upload', () => [refused(401), accepted('one')], ['one', 'one', 'one'], '401 201 404'],
  ['an upload, then a refusal', () => [accepted('one'), refused(413)], ['one', 'one'], '201 413'],
  ['another upload', () => [accepted('one'), refused(413)], ['other', 'one'], '413 201'],
  ['recorded in part', () => [recordedInPart()], ['one', 'par'], '404 201'],
  ['no body', () => [refused(417)], [''], '404'],
  ['another path', () => [refused(417, '', '/b')], ['one'], '404'],
  [
    'always the first',
    () => [refused(417), accepted('one')],
    ['one', 'one'],
    '417 417',
    { sequence: { reuse: true, after: 'miss' } },
  ],
  [
    'bodies are not compared',
    () => [refused(417), accepted('one')],
    ['other', 'other'],
    '417 201',
    { keys: { ignoreContent: true } },
  ],
];

for (const [name, flows, asked, statuses, settings] of CASES) {
  t.test(name, async (t) => {
    const replay = await replayOf(t, [await capture(t, flows())], { extra: 404, ...settings });
    const got: number[] = [];
    for (const requestBody of asked) {
      const flow = exchange({ method: 'PUT', request: [EXPECT], requestBody, status: 0 });
      await replay.request(flow);
      got.push(flow.response!.statusCode);
    }
    t.equal(got.join(' '), statuses);
  });
}

t.test('the explanation of a miss does not name the body', async (t) => {
  const lines: string[] = [];
  const replay = await replayOf(t, [await capture(t, [refused(413, 'par', '/?a=1')])], { extra: 404, lines });
  await replay.request(exchange({ method: 'PUT', url: 'http://a.test/?a=2', requestBody: 'body', status: 0 }));
  await replay.settled();
  t.equal(lines.join('\n').split('\n').slice(2).join(), 'query a: "1" → "2"');
});
