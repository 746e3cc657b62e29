import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeFlows } from '../../cli/flows.js';
import { folder, write } from '../../support/folder.js';
import { freePort } from '../../support/free-port.js';
import { mirror, Origin } from '../support/origin.js';
import { replay } from './support.js';

t.setTimeout(300_000);
const dir = folder(t);
const at = (name: string): string => join(dir, name);
const origin = await Origin.start(t, mirror);
const closed = await freePort();
await writeFlows(at('two'), 2);
await writeFlows(at('other'), 2, 'other.example');
write(at('damaged'), Buffer.concat([readFileSync(at('two')), Buffer.from('garbage')]));
write(at('empty'), '');
write(at('no-resume'), '{}');

const CLOSED = ['--replay-to', `http://127.0.0.1:${closed}`];
const TO = ['--replay-to', origin.url('')];

const CASES: [name: string, capture: string, args: string[], code: number, sent: number, message?: RegExp][] = [
  ['all were sent', 'two', TO, 0, 2, /Sent 2 requests/],
  ['none matches', 'two', [...TO, '~u nothing'], 0, 0, /no flow that matches/],
  ['an empty capture', 'empty', TO, 0, 0, /no flow that matches/],
  ['other statuses are no failure', 'two', [...TO, '--flow-detail', '0'], 0, 2, / 500 +1 +0\n/],
  ['a refused connection', 'two', ['--replay-to', `http://127.0.0.1:${closed}`], 1, 0, /failed: 2 \(ECONNREFUSED: 2\)/],
  [
    'a host without a mapping',
    'two',
    ['--replay-map', `a=${origin.url('')}`],
    1,
    0,
    /not a target: 2 \(example\.com: 2\)/,
  ],
  ['an addon kills a request', 'two', [...TO, '-s', 'kill.mjs'], 1, 1, /failed: 1 \(killed: 1\)/],
  ['an addon answers', 'two', [...TO, '-s', 'answer.mjs'], 0, 0, /Sent 2 requests/],
  ['no target', 'two', [], 2, 0, /--replay-to URL/],
  ['no URL', 'two', ['--replay-to', 'staging'], 2, 0, /--replay-to: expected an http or https URL/],
  ['no mapping', 'two', ['--replay-map', 'staging'], 2, 0, /--replay-map: expected HOST=URL/],
  ['mapped twice', 'two', ['--replay-map', 'a=http://b', '--replay-map', 'A=http://c'], 2, 0, /a is mapped twice/],
  ['rate and timing', 'two', [...TO, '--replay-rate', '5/s', '--replay-timing'], 2, 0, /cannot be used together/],
  ['rate and concurrency', 'two', [...TO, '--replay-rate', '5/s', '--replay-concurrency', '2'], 2, 0, /no meaning/],
  ['no rate', 'two', [...TO, '--replay-rate', 'fast'], 2, 0, /--replay-rate: expected/],
  ['no concurrency', 'two', [...TO, '--replay-concurrency', '0'], 2, 0, /expected a whole number of 1 or more, or -1/],
  ['with -r', 'two', [...TO, '-r', 'two'], 2, 0, /-C and -r cannot be used together/],
  ['a filter with a fault', 'two', [...TO, '~nothing'], 2, 0],
  ['the output is the input', 'two', [...TO, '-w', 'two'], 2, 0],
  [
    'no file of a stopped replay',
    'two',
    [...TO, '--replay-resume', 'no-resume'],
    2,
    0,
    /not the file of a stopped replay/,
  ],
  ['an option without -C', '', TO, 2, 0, /--replay-to: .*-C/],
  ['a rule with a fault', 'two', [...TO, '--replay-extract', 'header:'], 2, 0, /--replay-extract 'header:': column 8/],
  [
    'a session and its end',
    'two',
    [...TO, '--replay-session', '--replay-resume', 'x'],
    2,
    0,
    /cannot be used together/,
  ],
  ['a session without -C', '', ['--replay-session'], 2, 0, /--replay-session: .*-C/],
  ['a session without values', 'two', [...TO, '--replay-session'], 0, 2, /0 values of new responses into 0 requests/],
  [
    'a rule that finds nothing',
    'two',
    [...TO, '--replay-extract', '$.id'],
    0,
    2,
    /--replay-extract \$\.id: no response/,
  ],
  ['a session to a closed port', 'two', [...CLOSED, '--replay-session'], 1, 0, /ECONNREFUSED/],
  ['no file', 'missing', TO, 4, 0, /Cannot read .*missing/],
  ['damage: the rest is sent', 'damaged', TO, 4, 2, /damaged/],
  ['damage wins over failures', 'damaged', ['--replay-to', `http://127.0.0.1:${closed}`], 4, 0],
  ['the output cannot be written', 'two', [...TO, '-w', '/dev/full'], 5, -1],
];

write(at('kill.mjs'), "export function request(flow) { if (flow.request.path === '/1') flow.kill(); }\n");
write(
  at('answer.mjs'),
  "import { HttpResponse } from 'tsdump';\nexport function request(flow) { flow.response = HttpResponse.make(200, 'x'); }\n",
);

for (const [name, capture, args, code, sent, message] of CASES) {
  t.test(name, async (t) => {
    origin.received.length = 0;
    const files = new Set(['two', 'no-resume', 'kill.mjs', 'answer.mjs']);
    const words = args.map((word) => (files.has(word) ? at(word) : word));
    const ended = await replay(t, capture === '' ? [] : at(capture), words);
    t.equal(ended.code, code, ended.stderr);
    if (sent >= 0) t.equal(origin.received.length, sent);
    if (message) t.match(ended.stderr, message);
  });
}

t.test('several files and patterns are one order', async (t) => {
  origin.received.length = 0;
  const ended = await replay(t, [at('[ot]*'), at('two')], TO);
  t.equal(ended.code, 0, ended.stderr);
  t.same(
    origin.received.map(({ target }) => target),
    ['/1', '/1', '/1', '/2', '/2', '/2'],
  );
});

t.test('nothing is left behind', (t) => {
  t.notOk(existsSync(at('two.live')));
  t.end();
});
