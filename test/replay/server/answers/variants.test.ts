import t from 'tap';
import { parseRule } from '../../../../src/compare/rules/parse-rule.js';
import { KeyRuleSet } from '../../../../src/replay/server/key/key-rules.js';
import { capture, exchange, type ReplaySettings, replayOf } from '../recorded.js';

type Fields = [string, string][];

const recorded = (request: Fields, vary: string, body: string) =>
  exchange({ request, response: vary === '' ? [] : [['Vary', vary]], responseBody: body });

const JSON_TYPE: Fields = [['Accept', 'application/json']];
const XML: Fields = [['Accept', 'application/xml']];
const and = (fields: Fields, name: string, value: string): Fields => [...fields, [name, value]];

const token = (user: string): Fields => [['Authorization', `Bearer ${'x'.repeat(400)}${user}`]];

/** The bodies that requests with these headers get, one after the other. */
const CASES: [name: string, flows: [Fields, string, string][], asked: Fields[], wanted: string, ReplaySettings?][] = [
  [
    'no Vary: in order',
    [
      [JSON_TYPE, '', 'json'],
      [XML, '', 'xml'],
    ],
    [XML, JSON_TYPE],
    'json xml',
  ],
  [
    'Vary: Accept',
    [
      [JSON_TYPE, 'Accept', 'json'],
      [XML, 'accept', 'xml'],
    ],
    [XML, JSON_TYPE],
    'xml json',
  ],
  [
    'Vary: *',
    [
      [JSON_TYPE, '*', 'json'],
      [XML, '*', 'xml'],
    ],
    [XML, JSON_TYPE],
    'json xml',
  ],
  [
    'none matches',
    [
      [JSON_TYPE, 'Accept', 'json'],
      [XML, 'Accept', 'xml'],
    ],
    [[], [['Accept', '*/*']]],
    'json xml',
  ],
  [
    'a missing header is a value',
    [
      [JSON_TYPE, 'Accept', 'json'],
      [[], 'Accept', 'html'],
    ],
    [[], JSON_TYPE],
    'html json',
  ],
  [
    'only one answer has Vary',
    [
      [JSON_TYPE, '', 'json'],
      [XML, 'Accept', 'xml'],
    ],
    [XML, JSON_TYPE],
    'xml json',
  ],
  [
    'a header that was always the same does not count',
    [
      [and(JSON_TYPE, 'Cookie', 'a=1'), 'Accept, Cookie', 'json'],
      [and(XML, 'Cookie', 'a=1'), 'Cookie, Accept', 'xml'],
    ],
    [and(XML, 'Cookie', 'a=2'), and(JSON_TYPE, 'Cookie', 'a=2')],
    'xml json',
  ],
  [
    'long values that begin alike, as tokens do',
    [
      [token('ann'), 'Authorization', 'ann'],
      [token('bob'), 'Authorization', 'bob'],
    ],
    [token('bob'), token('ann')],
    'bob ann',
  ],
  [
    'sequences of each',
    [
      [JSON_TYPE, 'Accept', 'json1'],
      [JSON_TYPE, 'Accept', 'json2'],
      [XML, 'Accept', 'xml1'],
      [XML, 'Accept', 'xml2'],
    ],
    [XML, JSON_TYPE, XML, JSON_TYPE, XML],
    'xml1 json1 xml2 json2 404',
  ],
  [
    'reuse',
    [
      [JSON_TYPE, 'Accept', 'json'],
      [XML, 'Accept', 'xml'],
    ],
    [XML, XML, JSON_TYPE],
    'xml xml json',
    { sequence: { reuse: true, after: 'miss' } },
  ],
  [
    'a header that rules ignore',
    [
      [JSON_TYPE, 'Accept', 'json'],
      [XML, 'Accept', 'xml'],
    ],
    [XML, JSON_TYPE],
    'json xml',
    { keys: { rules: new KeyRuleSet([parseRule('header:Accept', 'test')]) } },
  ],
];

for (const [name, flows, asked, wanted, settings] of CASES) {
  t.test(name, async (t) => {
    const path = await capture(
      t,
      flows.map(([request, vary, body]) => recorded(request, vary, body)),
    );
    const replay = await replayOf(t, [path], { extra: 404, ...settings });
    const bodies: string[] = [];
    for (const request of asked) {
      const flow = exchange({ request, status: 0 });
      await replay.request(flow);
      bodies.push((await flow.response!.body.text()) || String(flow.response!.statusCode));
    }
    t.equal(bodies.join(' '), wanted);
  });
}

t.test('an answer to any body follows those to this one that headers have selected', async (t) => {
  const upload = (accept: string, status = 200) =>
    exchange({
      method: 'PUT',
      request: [['Accept', accept]],
      requestBody: 'one',
      response: [['Vary', 'Accept']],
      status,
    });
  const refused = upload('text/html', 413);
  refused.request.body.complete = false;
  refused.request.timestampEnd = undefined;
  const flows = [upload('text/html', 201), upload('text/css', 202), refused];
  const replay = await replayOf(t, [await capture(t, flows)], { extra: 404 });
  const statuses: number[] = [];
  for (const accept of ['text/css', 'text/html', 'text/css', 'text/css']) {
    const flow = upload(accept, 0);
    await replay.request(flow);
    statuses.push(flow.response!.statusCode);
  }
  t.same(statuses, [202, 201, 413, 404]);
});
