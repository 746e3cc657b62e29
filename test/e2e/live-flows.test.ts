import { existsSync, rmSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { RawOrigin } from '../support/raw-origin.js';
import { until } from '../support/until.js';
import { Wire } from '../support/wire.js';
import { isInJournals, journalsOf, killAll, PROCESSES } from './support/processes.js';
import { Recording, readCapture } from './support/recording.js';

/** Ends it without waiting for its flows. */
const HURRY = ['--set', 'shutdown_timeout=0'];

const STREAM_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n';

/** An event stream, a tunnel and an upgraded connection, in the middle of each. */
async function beginThree(t: Test, recording: Recording): Promise<void> {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\n');
    if (wire.text.startsWith('GET /events')) wire.send(`${STREAM_HEAD}data: one\n\ndata: two\n\n`);
    else if (wire.text.startsWith('GET /chat')) {
      wire.send(`${SWITCHED}welcome`);
    } else wire.send('pong\n');
    await wire.over();
  });
  const events = await Wire.connect(recording.port);
  events.send(`GET http://${origin.authority}/events HTTP/1.1\r\nHost: ${origin.authority}\r\n\r\n`);
  await events.has('data: two\n\n');
  const chat = await Wire.connect(recording.port);
  chat.send(
    `GET http://${origin.authority}/chat HTTP/1.1\r\nHost: ${origin.authority}\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n`,
  );
  await chat.has('welcome');
  const tunnel = await Wire.connect(recording.port);
  tunnel.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
  await tunnel.has('\r\n\r\n');
  tunnel.send('\x01ping\n');
  await tunnel.has('pong\n');
}

const LINUX = { skip: process.platform !== 'linux' && 'elsewhere nothing is known of other writers' };

const texts = ['data: two', 'welcome', 'pong'];

for (const { name, args } of PROCESSES) {
  t.test(`flows that live when the program is killed, ${name}`, async (t) => {
    const recording = await Recording.start(t, { args });
    await beginThree(t, recording);
    await until(() => isInJournals(recording.capture, ...texts), 'all three in the journal');
    await killAll(recording.program);
    // It was killed while it was about to replace the journal.
    const copy = `${journalsOf(recording.capture)[0]}.new`;
    writeFileSync(copy, 'TSF1');

    const shown = await runWarm(['-nr', recording.capture, '--flow-detail', '1']);
    t.equal(shown.code, 0);
    t.match(shown.stderr, /3 flows were still in progress when the recording was interrupted/);
    t.match(String(shown.stdout), /GET http:\S+\/events\n.*200 OK.*\n << incomplete: /);
    const incomplete = await runWarm(['-nr', recording.capture, '~e & ~tcp']);
    t.match(String(incomplete.stdout), /incomplete/);

    const next = await Recording.start(t, { output: `+${recording.capture}`, args });
    await next.program.logged(/added 3 flows that were still in progress/);
    t.same(journalsOf(recording.capture), [], 'the next recording into the same file takes them over');
    t.notOk(existsSync(copy));
    await next.stop(t);
    const flows = await readCapture(recording.capture);
    t.same(
      flows
        .flatMap((one) => [String(one.responseBody), ...one.messages])
        .filter(Boolean)
        .sort(),
      ['< pong\n', '< welcome', '> \x01ping\n', 'data: one\n\ndata: two\n\n'],
    );
  });

  t.test(`a journal whose capture has been rotated, ${name}`, async (t) => {
    const recording = await Recording.start(t, { args });
    await beginThree(t, recording);
    await until(() => isInJournals(recording.capture, ...texts), 'all of them in the journal');
    await killAll(recording.program);
    rmSync(recording.capture);

    const next = await Recording.start(t, { output: `+${recording.capture}`, args });
    await next.program.logged(/added 3 flows that were still in progress/);
    await next.stop(t);
    t.equal((await readCapture(recording.capture)).length, 3);
  });

  t.test(`an orderly end leaves no journal, ${name}`, async (t) => {
    const recording = await Recording.start(t, { args: [...args, ...HURRY] });
    await beginThree(t, recording);
    await until(() => journalsOf(recording.capture).length > 0, 'a journal');
    await recording.stop(t);
    t.same(journalsOf(recording.capture), []);
    t.same(
      (await readCapture(recording.capture)).map(({ flow }) => flow.error?.message),
      ['interrupted', 'interrupted', 'interrupted'],
    );
  });

  t.test(`a second tsdump that is to write into the same file is refused, ${name}`, LINUX, async (t) => {
    const recording = await Recording.start(t, { args: [...args, ...HURRY] });
    const { capture } = recording;
    await beginThree(t, recording);
    await until(() => journalsOf(capture).length > 0, 'a journal');
    for (const other of [
      ['-p', '0', '-w', capture],
      ['-p', '0', '-w', `+${capture}`],
      ['-nr', '/dev/null', '-w', capture],
    ]) {
      const { code, stderr } = await run(t, other);
      t.equal(code, 5, other.join(' '));
      t.match(stderr, `Cannot write ${capture}: another tsdump is writing to it`);
    }
    t.ok(journalsOf(capture).length > 0, 'the journal is not touched, either');
    await recording.stop(t);
    t.equal((await readCapture(capture)).length, 3);
  });

  t.test(`without live_file there is no journal, ${name}`, async (t) => {
    const recording = await Recording.start(t, { args: [...args, ...HURRY, '--set', 'live_file=false'] });
    await beginThree(t, recording);
    await recording.stop(t, 'SIGTERM');
    t.same(journalsOf(recording.capture), []);
  });
}
