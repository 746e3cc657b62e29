import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { folder, write } from '../support/folder.js';
import { RawOrigin } from '../support/raw-origin.js';
import { ESTABLISHED } from '../support/test-proxy.js';
import { until } from '../support/until.js';
import { Wire } from '../support/wire.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { PROCESSES, workersOf } from './support/processes.js';
import { Recording, readCapture } from './support/recording.js';

const HURRY = ['--set', 'shutdown_timeout=0.1'];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal}: what still lives is saved as interrupted`, async (t) => {
    const downloads = await RawOrigin.start(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    });
    const silent = await RawOrigin.start(t);
    const echo = await RawOrigin.start(t, (wire) => void wire.socket.pipe(wire.socket));
    const recording = await Recording.start(t, { args: HURRY });

    const upload = await Wire.connect(recording.port);
    upload.send(`PUT http://${silent.authority}/up HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345`);
    await (await silent.connection()).has('12345');
    const tunnel = await Wire.connect(recording.port);
    tunnel.send(`CONNECT ${echo.authority} HTTP/1.1\r\n\r\n`);
    await tunnel.has(ESTABLISHED);
    tunnel.send('\x00ping');
    await tunnel.has('\x00ping');
    const idle = await Wire.connect(recording.port);
    const download = await Wire.connect(recording.port);
    download.send(`GET http://${downloads.authority}/down HTTP/1.1\r\nHost: a\r\n\r\n`);
    await download.has('half');

    const ended = await recording.stop(t, signal);
    t.equal(ended.signal, null, 'it ends by itself');
    for (const wire of [upload, tunnel, idle, download]) await wire.until(() => wire.closed || wire.ended, 'the end');
    const flows = await readCapture(recording.capture);
    t.same(
      flows.map(({ flow }) => flow.error?.message),
      ['interrupted', 'interrupted', 'interrupted'],
    );
    const bodies = flows.map(({ flow, requestBody, responseBody, messages }) =>
      flow.type === 'http' ? [flow.request.path, String(requestBody), String(responseBody)] : messages,
    );
    t.same(
      new Set(bodies),
      new Set([
        ['/up', '12345', ''],
        ['> \x00ping', '< \x00ping'],
        ['/down', '', 'half'],
      ]),
    );
    t.equal((await recording.read(t, 1)).match(/interrupted/g)?.length, 3);
  });
}

t.test('SIGUSR1 and SIGUSR2 do nothing, SIGALRM ends properly', needs('curl'), async (t) => {
  const origin = await Origin.start(t, mirror);
  for (const { args } of PROCESSES) {
    const recording = await Recording.start(t, { args: [...args] });
    const { child } = recording.program;
    for (const pid of [child.pid!, ...workersOf(recording.program)]) {
      process.kill(pid, 'SIGUSR1');
      process.kill(pid, 'SIGUSR2');
    }
    await curl(recording.url, [origin.url('/after')]);
    const ended = await recording.stop(t, 'SIGALRM');
    t.equal(ended.signal, null);
    t.notMatch(ended.stderr, /[Dd]ebugger/);
    t.equal((await readCapture(recording.capture)).length, 1);
  }
});

t.test('SIGUSR1 opens no debugger while the program is being loaded', async (t) => {
  // It arrives after bin/tsdump has run, and before the program that it imports.
  const early = write(join(folder(t), 'early.cjs'), "setImmediate(() => process.kill(process.pid, 'SIGUSR1'));");
  const launcher = fileURLToPath(new URL('../../../bin/tsdump', import.meta.url));
  const env = { PATH: process.env.PATH, HOME: folder(t) };
  const args = ['--require', early, launcher, '--options'];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  t.equal(status, 0);
  t.notMatch(stderr, /[Dd]ebugger/);
});

t.test('exchanges that delay the end are reported at once', async (t) => {
  const silent = await RawOrigin.start(t);
  const recording = await Recording.start(t, { args: ['--set', 'shutdown_timeout=60'] });
  const idle = await Wire.connect(recording.port);
  const clients = [await Wire.connect(recording.port), await Wire.connect(recording.port)];
  for (const client of clients) client.send(`GET http://${silent.authority}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  await until(() => silent.connections.length === 2, 'both requests');
  recording.program.child.kill('SIGINT');
  await recording.program.logged(/Waiting up to 60 s for 2 exchanges; \^C again ends them\.\n/);
  await idle.until(() => idle.closed || idle.ended, 'the end of an idle connection');
  const ended = await recording.stop(t);
  t.notMatch(ended.stderr, /client (dis)?connect|server (dis)?connect/, 'connections are not logged');
});

t.test('SIGKILL: what had ended is in the capture', needs('curl'), async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  await curl(recording.url, [origin.url('/1'), origin.url('/2')]);
  await recording.program.shown(/\/2\n.*<< 200 OK/);
  await until(() => readFileSync(recording.capture).includes('GET /2 0'), 'the second flow to be written');
  recording.program.child.kill('SIGKILL');
  t.equal((await recording.program.ended).signal, 'SIGKILL');
  t.equal((await readCapture(recording.capture)).length, 2);
});
