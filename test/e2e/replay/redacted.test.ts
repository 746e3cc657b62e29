import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { toBytes } from '../../serialize/flows.js';
import { plainHttpFlow } from '../../serialize/sample-flows.js';
import { folder } from '../../support/folder.js';
import { Origin } from '../support/origin.js';
import { replayed, replayWarm } from './support.js';

t.test('a capture with redacted credentials', async (t) => {
  const origin = await Origin.start(t, (_received, response) => void response.end());
  const capture = join(folder(t), 'redacted.bin');
  const flow = plainHttpFlow('/items', '');
  flow.request.headers.set('Authorization', 'Bearer [redacted:0a1b2c]');
  writeFileSync(capture, await toBytes([flow, plainHttpFlow('/open', '')]));
  const target = ['--replay-to', origin.url('')];

  const { stderr } = await replayWarm(capture, target);
  t.match(stderr, /1 request had redacted credentials.* -H '\|~q\|Authorization\|@/);

  // The path contains slashes, so the separator is another character.
  const token = join(folder(t), 'token');
  writeFileSync(token, 'Bearer real');
  const real = await replayWarm(capture, [...target, '-H', `|~q ~u items|Authorization|@${token}`]);
  t.notMatch(real.stderr, 'redacted');
  const credentials = origin.received
    .flatMap(({ headers }) => headers)
    .filter((field) => field.startsWith('Authorization'));
  t.same(credentials, ['Authorization: Bearer [redacted:0a1b2c]', 'Authorization: Bearer real']);
});

t.test('values of a session are not recorded in clear', async (t) => {
  const token = 'q7Rk2mZx9LbV4tYc';
  const origin = await Origin.start(t, (_received, response) => void response.end(`{"cursor":"${token}"}`));
  const capture = join(folder(t), 'session.bin');
  const first = plainHttpFlow('/list', '{"cursor":"Hn3vW8pDs6JfQ1uE"}');
  const second = plainHttpFlow('/list?cursor=Hn3vW8pDs6JfQ1uE', '');
  second.request.timestampStart = first.request.timestampStart + 10;
  writeFileSync(capture, await toBytes([first, second]));
  const { flows } = await replayed(t, capture, ['--replay-to', origin.url(''), '--replay-session', '--redact']);
  const carried = flows.map(({ flow }) => flow.metadata.replay_session).find(Boolean);
  t.match(JSON.stringify(carried), /"value":"\[redacted:[0-9a-f]{6}\]"/);
  t.notMatch(JSON.stringify(carried), token);
});
