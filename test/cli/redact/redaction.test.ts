import { join } from 'node:path';
import t from 'tap';
import type { ResolvedOptions } from '../../../src/cli/options/resolve.js';
import { comparingRedactor, makeRedactor } from '../../../src/cli/redact/redaction.js';
import { Redactor } from '../../../src/redact/index.js';
import { folder, write } from '../../support/folder.js';
import { run } from '../tsdump.js';
import { runWarm } from '../warm.js';

t.setTimeout(300_000);

const KEY = 'a key of the tests, long enough';
const FLOW = `${JSON.stringify({
  type: 'http',
  id: 'a0000000-0000-4000-8000-000000000001',
  timestampCreated: 1,
  request: { method: 'GET', url: 'http://a.example/?token=hunter2', httpVersion: 'HTTP/1.1', headers: [] },
  client: { id: 'c' },
  server: { id: 's' },
})}\n`;

t.test('the key', async (t) => {
  const confdir = folder(t);
  const config = ['--set', `confdir=${confdir}`];
  const flag = await run(t, ['--set', `redact_key=${KEY}`, '--options', ...config]);
  t.equal(flag.code, 2, 'is refused on the command line');
  t.match(flag.stderr, /TSDUMP_REDACT_KEY/);
  t.notMatch(flag.stderr, KEY);
  const misnamed = await runWarm([`--redact-key=${KEY}`, ...config]);
  t.equal(misnamed.code, 2, 'there is no flag');
  t.match(misnamed.stderr, /TSDUMP_REDACT_KEY/);
  t.notMatch(misnamed.stderr, KEY);
  const short = await runWarm(['--options', ...config], { env: { TSDUMP_REDACT_KEY: 'too short' } });
  t.equal(short.code, 2);
  t.notMatch(short.stderr, /too short/);
  const listed = await runWarm(['--options', ...config], { env: { TSDUMP_REDACT_KEY: KEY } });
  t.equal(listed.code, 0);
  t.notMatch(String(listed.stdout), KEY);
  t.match(String(listed.stdout), /# redact_key:/);

  const read = ['-nr', '-', '--redact', '--flow-detail', '1', ...config];
  const shown = async (env?: NodeJS.ProcessEnv): Promise<string> =>
    String((await runWarm(read, { input: FLOW, env })).stdout);
  const [one, other] = [await shown({ TSDUMP_REDACT_KEY: KEY }), await shown({ TSDUMP_REDACT_KEY: KEY })];
  t.match(one, /\?token=\[redacted:\w{6}\]/);
  t.equal(one, other, 'the same key gives the same placeholders');
  t.not(await shown(), one, 'a random key');
  write(join(confdir, 'tsdump.yaml'), `redact_key: ${KEY}\n`);
  t.equal(await shown(), one, 'the config file');
});

t.test('mistakes', async (t) => {
  const mistakes: readonly [args: string[], stderr: RegExp][] = [
    [['-nr', '-', '--redact-rule', '$.a['], /--redact-rule: .*\n.*\$\.a\[\n.*\^/],
    [['-nr', '-', '--redact-rule', '(a'], /--redact-rule: /],
    [['-nr', '-', '--dry-run'], /--redact/],
    [['-nr', '-', '--dry-run', '--redact', '-w', '-'], /--save-stream-file/],
    [['--dry-run', '--redact'], /-n/],
  ];
  for (const [args, stderr] of mistakes) {
    const ended = await runWarm(args, { input: '' });
    t.equal(ended.code, 2, args.join(' '));
    t.match(ended.stderr, stderr);
  }
});

t.test('a list of what would be redacted', async (t) => {
  const ended = await runWarm(['-nr', '-', '--redact', '--dry-run'], { input: FLOW });
  t.equal(ended.code, 0);
  t.match(
    String(ended.stdout),
    /^PLACE +SECRETS +FLOWS\nrequest\.path\.token +1 +1\n1 flow of 1 would be changed; nothing was written\.\n$/,
  );
});

t.test('the key alone compares requests with redacted captures', async (t) => {
  const resolved = (redactKey: string | undefined): ResolvedOptions =>
    ({ values: { redactKey, redactRule: [] }, origins: new Map() }) as unknown as ResolvedOptions;
  t.equal(await makeRedactor(resolved(KEY)), undefined, 'nothing is redacted');
  const { fingerprint } = new Redactor({ key: Buffer.from(KEY) });
  t.equal((await comparingRedactor(resolved(KEY), undefined))?.fingerprint, fingerprint);
  t.equal(await comparingRedactor(resolved(undefined), undefined), undefined);
  const own = new Redactor();
  t.equal(await comparingRedactor(resolved(KEY), own), own);
});
