import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeFlows } from '../../cli/flows.js';
import { Tsdump } from '../../cli/tsdump.js';
import { folder } from '../../support/folder.js';
import { until } from '../../support/until.js';
import { Origin } from '../support/origin.js';
import { replay } from './support.js';

interface Setup {
  origin: Origin;
  capture: string;
  file: string;
  /** Requests that the server does not answer for now. */
  held: Set<string>;
  release(): void;
}

/** A capture of six requests, and a server that can keep some waiting. */
async function setup(t: Test, ...held: string[]): Promise<Setup> {
  const waiting: (() => void)[] = [];
  const holds = new Set(held);
  const origin = await Origin.start(t, ({ target }, response) => {
    if (holds.has(target)) waiting.push(() => response.end('late'));
    else response.end('ok');
  });
  const dir = folder(t);
  const capture = join(dir, 'capture');
  await writeFlows(capture, 6);
  const release = (): void => {
    holds.clear();
    for (const answer of waiting.splice(0)) answer();
  };
  return { origin, capture, file: join(dir, 'resume.json'), held: holds, release };
}

const targets = ({ received }: Origin): string[] => received.map(({ target }) => target);

t.test('^C: what is in flight ends, and the rest is sent later', async (t) => {
  const { origin, capture, file, release } = await setup(t, '/3');
  const args = ['--replay-to', origin.url(''), '--replay-resume', file];
  const program = new Tsdump(t, ['-C', capture, ...args]);
  await until(() => origin.received.length === 3, 'the third request');
  program.child.kill('SIGINT');
  await program.logged(/Waiting up to 5 s for 1 exchange/);
  release();
  const { code, stderr } = await program.ended;
  t.equal(code, 0, stderr);
  t.match(stderr, /Sent 3 requests/);
  t.same(targets(origin), ['/1', '/2', '/3']);
  t.equal(statSync(file).mode & 0o777, 0o600);

  origin.received.length = 0;
  const another = join(folder(t), 'another');
  await writeFlows(another, 6, 'another.example');
  for (const [name, path, filter] of [
    ['another filter', capture, ['~u "[12345]"']],
    ['another capture', another, []],
  ] as const) {
    const other = await replay(t, path, [...args, ...filter]);
    t.equal(other.code, 2, name);
    t.match(other.stderr, /belongs to another capture or filter/, name);
    t.same(targets(origin), [], name);
  }

  const again = await replay(t, capture, args);
  t.equal(again.code, 0, again.stderr);
  t.match(again.stderr, /Continues after 3 flows/);
  t.same(targets(origin), ['/4', '/5', '/6']);
  t.notOk(existsSync(file), 'removed, as all was sent');
});

t.test('^C twice: an interrupted request is sent again', async (t) => {
  const { origin, capture, file, release } = await setup(t, '/2');
  const args = ['--replay-to', origin.url(''), '--replay-resume', file];
  const program = new Tsdump(t, ['-C', capture, ...args]);
  await until(() => origin.received.length === 2, 'the second request');
  program.child.kill('SIGINT');
  await program.logged(/Waiting up to/);
  program.child.kill('SIGINT');
  t.equal((await program.ended).code, 1);
  t.match(JSON.parse(readFileSync(file, 'utf8')), { version: 1, next: 2, unsent: [[1]] });
  release();
  origin.received.length = 0;
  t.equal((await replay(t, capture, args)).code, 0);
  t.same(targets(origin), ['/2', '/3', '/4', '/5', '/6']);
});

t.test('with several at a time, those that waited are sent later', async (t) => {
  const { origin, capture, file, release } = await setup(t, '/1', '/4');
  const args = ['--replay-to', origin.url(''), '--replay-resume', file, '--replay-concurrency', '2'];
  const program = new Tsdump(t, ['-C', capture, ...args]);
  await until(() => origin.received.length === 4, 'four requests');
  program.child.kill('SIGTERM');
  await program.logged(/Waiting up to/);
  release();
  t.equal((await program.ended).code, 0);
  const first = targets(origin);
  origin.received.length = 0;
  t.equal((await replay(t, capture, args)).code, 0);
  t.same([...first, ...targets(origin)].sort(), ['/1', '/2', '/3', '/4', '/5', '/6']);
});

t.test('rounds', async (t) => {
  const { origin, capture, file, release, held } = await setup(t, '/6');
  const args = ['--replay-to', origin.url(''), '--replay-resume', file, '--replay-count', '3'];
  const program = new Tsdump(t, ['-C', capture, ...args]);
  await until(() => origin.received.length === 6, 'the end of the first round');
  release();
  held.add('/5');
  await until(() => targets(origin).filter((target) => target === '/5').length > 1, 'a held request');
  program.child.kill('SIGINT');
  await program.logged(/Waiting up to/);
  release();
  t.equal((await program.ended).code, 0);
  t.equal((await replay(t, capture, args)).code, 0);
  t.equal(origin.received.length, 18, 'each request three times');
});

t.test('the file is not needed if all is sent at once, and is of no use for a pipe', async (t) => {
  const { origin, capture, file } = await setup(t);
  t.equal((await replay(t, capture, ['--replay-to', origin.url(''), '--replay-resume', file])).code, 0);
  t.notOk(existsSync(file));
  const pipe = await replay(t, '-', ['--replay-to', origin.url(''), '--replay-resume', file]);
  t.equal(pipe.code, 2);
  t.match(pipe.stderr, /not a pipe/);
});
