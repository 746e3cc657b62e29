import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../../support/until.js';
import { type Exchange, exchange, linesOf } from './flows.js';
import { addonsFor, runHooks } from './rewriting.js';

const folder = t.testdir({ value: 'from a file\n', empty: '' });

const CASES: [specs: string[], parts: Exchange, request: string[], response: string[]][] = [
  [['/X/1'], {}, ['X: 1'], ['X: 1']],
  [['/~q/X/1'], {}, ['X: 1'], []],
  [['/~s/X/1'], {}, [], ['X: 1']],
  [['/!~s/X/1'], {}, ['X: 1'], []],
  [['/~c 200/X/1'], {}, [], ['X: 1']],
  [['/!~c 404/X/1'], {}, ['X: 1'], ['X: 1']],
  [['/~q/A/'], { request: [['a', '1'], ['B', '2'], ['A', '3']] }, ['B: 2'], []],
  [['/~q/A/new'], { request: [['a', '1'], ['B', '2']] }, ['B: 2', 'A: new'], []],
  [['/~q/A/1', '/~q/A/2'], { request: [['A', '0']] }, ['A: 1', 'A: 2'], []],
  [['/~q/A/', '/~q & ~hq ^A:/B/1'], { request: [['A', '0']] }, ['B: 1'], []],
  [['|~q|X|a/b|c'], {}, ['X: a/b|c'], []],
  [['/~q/X/\\x41\\101\\\\\\q\\\''], {}, ["X: AA\\\\q'"], []],
  [['/~q/\\x58/1'], {}, ['X: 1'], []],
  [['/~q/X/é'], {}, ['X: Ã©'], []],
  [[`/~q/X/@${join(folder, 'value')}`], {}, ['X: from a file'], []],
  [[`/~q/X/@${join(folder, 'empty')}`], { request: [['X', '1']] }, [], []],
  [['/~bq secret/X/1'], { method: 'POST', requestBody: 'a secret' }, [], ['X: 1']],
  [['/~bs secret/X/1'], { responseBody: 'a secret' }, [], []],
]; // biome-ignore format: a table

t.test('headers before and after', async (t) => {
  for (const [specs, parts, request, response] of CASES) {
    const flow = exchange(parts);
    const addons = await addonsFor({ modify_headers: specs });
    t.same(await runHooks(addons, [flow]), []);
    t.same([linesOf(flow.request.headers), linesOf(flow.response!.headers)], [request, response], specs.join(' '));
  }
});

t.test('flows that no spec is for stay as they were', async (t) => {
  const flow = exchange({ request: [['A', '1']] });
  await runHooks(await addonsFor({ modify_headers: ['/~u other/A/', '/~s & ~c 404/B/1'] }), [flow]);
  t.notOk(flow.request.changed);
  t.notOk(flow.response!.changed);
});

t.test('a file that changes is read again, also if another takes its place', async (t) => {
  const path = join(folder, 'changing');
  writeFileSync(path, 'one');
  const [addon] = await addonsFor({ modify_headers: [`|X|@${path}`] });
  t.teardown(() => addon!.done!(undefined));
  const value = (): string | undefined => {
    const flow = exchange({ status: 0 });
    void addon!.requestHeaders!(flow);
    return flow.request.headers.get('x');
  };
  t.equal(value(), 'one');
  writeFileSync(path, 'two');
  await until(() => value() === 'two', 'the new content');
  writeFileSync(`${path}.new`, 'three');
  renameSync(`${path}.new`, path);
  await until(() => value() === 'three', 'the new file');
  writeFileSync(path, 'no\nvalue');
  await until(() => value() === undefined, 'what is no value');
});
