import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';
import { Origin } from '../../e2e/support/origin.js';
import { folder } from '../../support/folder.js';
import { readPaths } from '../flows.js';
import { Tsdump } from '../tsdump.js';
import { runWarm, WarmTsdump } from '../warm.js';

/** @returns what requests a path of a web server through the proxy at a port */
async function startOrigin(t: Test): Promise<(path: string, port: number) => Promise<void>> {
  const origin = await Origin.start(t, (_, response) => void response.end('hello'));
  return async (path, port) => {
    const sent = request({ port, path: origin.url(path), agent: false });
    sent.end();
    const [response] = await once(sent, 'response');
    response.resume();
    await once(response, 'end');
  };
}

t.test('ends of a recording', async (t) => {
  const get = await startOrigin(t);
  const table: [args: string[], requests: number][] = [
    [['--max-flows', '2'], 2],
    [['--until', '~u /2$'], 2],
    [['--idle-timeout', '2s'], 1],
    [['--duration', '3s'], 1],
    [['--max-flows', '1', '--set', 'rotate_flows=1'], 1],
  ];
  const record = async ([args, requests]: (typeof table)[number]): Promise<void> => {
    const out = join(folder(t), 'out.bin');
    const program = new WarmTsdump(t, ['-p', '0', '-w', out, ...args]);
    const port = await program.port();
    for (let number = 1; number <= requests; number++) await get(`/${number}`, port);
    t.equal((await program.ended).code, ExitCode.done, args.join(' '));
    if (!args.includes('--set')) {
      t.equal(await readPaths(out), requests === 2 ? '/1 /2' : '/1', args.join(' '));
    } else t.notOk(existsSync(`${out}.live`));
  };
  await Promise.all(table.map(record));
});

t.test('checks of a recording, which goes to a pipe', async (t) => {
  const get = await startOrigin(t);
  const program = new Tsdump(t, [
    '-p',
    '0',
    '-w',
    '-',
    '--max-flows',
    '2',
    '--fail-on',
    '~u /2$',
    '--expect',
    '~u /1$',
  ]);
  const port = await program.port();
  for (const path of ['/1', '/2']) await get(path, port);
  const { code, stdout, stderr } = await program.ended;
  t.equal(code, ExitCode.checkFailed);
  t.equal(await readPaths(stdout), '/1 /2');
  t.match(stderr, /1 check passed/);
});

t.test('a recording that is ended by a signal is checked and reported', async (t) => {
  const get = await startOrigin(t);
  const report = join(folder(t), 'x.json');
  const program = new WarmTsdump(t, ['-p', '0', '--expect', '2: ~all', '--report', `json=${report}`]);
  const port = await program.port();
  await get('/1', port);
  await program.shown(/200 OK/);
  program.signal();
  t.equal((await program.ended).code, ExitCode.checkFailed);
  t.match(JSON.parse(readFileSync(report, 'utf8')), { outcome: 'failed', suites: [{ properties: { flows: 1 } }] });
});

t.test('a proxy that could not start checks nothing', async (t) => {
  const report = join(folder(t), 'x.json');
  const other = new WarmTsdump(t, ['-p', '0']);
  const port = await other.port();
  const { code, stderr } = await runWarm(['-p', String(port), '--expect', '~all', '--report', `json=${report}`]);
  t.equal(code, ExitCode.start);
  t.notMatch(stderr, /Check failed/);
  t.notOk(existsSync(report));
});
