import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { toBytes } from '../serialize/flows.js';
import { plainHttpFlow, tcpFlow } from '../serialize/sample-flows.js';
import { folder } from '../support/folder.js';
import { command, needs } from './support/command.js';

t.test('tables', async (t) => {
  const dir = folder(t);
  const at = (name: string) => join(dir, name);
  const flows = ['/a', '/b'].map((path) => plainHttpFlow(path, '{"id":7}'));
  writeFileSync(at('in.bin'), await toBytes([...flows, tcpFlow()]));
  const read = (...args: string[]) => run(t, ['-nr', at('in.bin'), ...args]);
  const columns = ['--columns', 'kind,path,response.body.id'];

  const { stdout } = await read('--format', 'csv', '-w', '-', ...columns);
  t.equal(String(stdout), 'kind,path,response.body.id\nhttp,/a,7\nhttp,/b,7\ntcp,,\n', 'stdout');

  await read('-w', at('t.tsv'), ...columns, '~u /a');
  const appended = await read('-w', `+${at('t.tsv')}`, ...columns, '~u /b');
  t.equal(appended.code, 0);
  t.equal(readFileSync(at('t.tsv'), 'utf8'), 'kind\tpath\tresponse.body.id\nhttp\t/a\t7\nhttp\t/b\t7\n', 'appended');

  await read('-w', at('t.csv.gz'), ...columns);
  const unzipped = await command('gzip', ['-dc', at('t.csv.gz')]);
  t.equal(String(unzipped.stdout).split('\n').length, 5, 'compressed');

  await read('-w', at('part.csv'), '--set', 'rotate_flows=1', ...columns);
  const parts = readdirSync(dir).filter((name) => name.startsWith('part'));
  t.equal(parts.length, 3);
  for (const part of parts) t.match(readFileSync(at(part), 'utf8'), /^kind,path,.*\n.*\n$/, 'each file has titles');
});

t.test('mistakes', async (t) => {
  const dir = folder(t);
  const capture = join(dir, 'in.bin');
  writeFileSync(capture, await toBytes([plainHttpFlow('/', '')]));
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await runWarm(['-nr', capture, ...args]);
    t.equal(code, 2, args.join(' '));
    return stderr;
  };
  const wrong = await refused('--format', 'csv', '-w', '-', '--columns', 'url,statu');
  t.match(wrong, /^tsdump: --columns: .*status\? \[option-value\]\n {2}url,statu\n {2} {4}\^\n$/);
  t.match(await refused('-w', join(dir, 'x.bin'), '--columns', 'url'), '--columns');
  t.match(await refused('--format', 'curl', '-w', `+${capture}`), 'in.bin', 'a capture is not appended to');
});

t.test('curl commands are a valid script, flows that are not HTTP are left out', needs('curl', 'sh'), async (t) => {
  const dir = folder(t);
  const capture = join(dir, 'in.bin');
  writeFileSync(capture, await toBytes([plainHttpFlow('/a', 'x'), tcpFlow()]));
  const script = join(dir, 'requests.sh');
  const { code, stderr } = await runWarm(['-nr', capture, '--format', 'curl', '-w', script]);
  t.equal(code, 0);
  t.match(stderr, 'omits 1 flow');
  const syntax = await command('sh', ['-n', script]);
  t.equal(syntax.code, 0, String(syntax.stderr));
});
