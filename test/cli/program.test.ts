import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type RunOptions, run } from './tsdump.js';
import { runWarm } from './warm.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
const dir = t.testdir({
  file: '',
  'rec.jsonl': '{"type":"http"}\n',
  'tsdump.yaml': 'listen_port: 9000\n',
  wrong: { 'tsdump.yaml': 'flow_detail: 1\n\nlisten_prot: 9000\n' },
});

/** Arguments, the exit code, the contents of stdout and stderr, and the environment. */
type Case = [args: string[], code: number, stdout: RegExp, stderr: RegExp, options?: RunOptions];

/** Cases that run in a process of their own: each way in which the launcher and the program end. */
const IN_PROCESS: Case[] = [
  [['--version'], 0, new RegExp(`^tsdump: {3}${version}\nNode\\.js: {2}\\S+\nOpenSSL: {2}\\S+\nPlatform: .+\n$`), /^$/],
  [['--help'], 0, /^Usage: tsdump .*\n.*-w, --save-stream-file <PATH> .*shutdown_timeout/s, /^$/],
  [['--nonsense'], 2, /^$/, /^tsdump: .*--nonsense; .* \[option-unknown\]\n$/],
  [['--', 'sh', '-c', 'echo out; echo err >&2; exit 7'], 7, /^out\n$/, /^err\n\[.*did not connect to the proxy.*\n$/],
  [['-q', '--', 'sh', '-c', 'echo err >&2'], 0, /^$/, /^err\n$/],
  [['-nr', join(dir, 'file'), '-nr', join(dir, 'file')], 0, /^$/, /^$/],
  [['-nr', join(dir, 'none')], 4, /^$/, /^tsdump: .*none: .* \[input-unreadable\]\n$/],
  [['-nr', join(dir, 'file'), '-w', join(dir, 'no', 'out')], 5, /^$/, /^tsdump: .*out: .* \[output-failed\]\n$/],
];

const CASES: Case[] = [
  [['-n', '--version'], 0, new RegExp(`^tsdump: {3}${version}\n`), /^$/],
  [['-h'], 0, /^Usage: tsdump /, /^$/],
  [['--filter-help'], 0, /~u/, /^$/],
  [['--options'], 0, /^listen_port: null$/m, /^$/],
  [['--options', '-p', '1'], 0, /^# Set by --listen-port; default null\.\nlisten_port: 1$/m, /^$/],
  [['--options'], 0, /^# Set by TSDUMP_LISTEN_PORT; .*\nlisten_port: 2$/m, /^$/, { env: { TSDUMP_LISTEN_PORT: '2' } }],
  [['--options', '--set', `confdir=${dir}`], 0, /^# Set by .*tsdump\.yaml:1: .*\nlisten_port: 9000$/m, /^$/],
  [['--non\x1b[2Jsense\n'], 2, /^$/, /^tsdump: .*--non\\x1b\[2Jsense \[option-unknown\]\n {4}; --help lists them\n$/],
  [['-nr', '\x1b]0;title\x07'], 4, /^$/, /^tsdump: .*\\x1b\]0;title\\x07: .* \[input-unreadable\]\n$/],
  [
    ['-nr', 'none/a', '-r', 'none/b'],
    4,
    /^$/,
    /^tsdump: .*none\/a: .* \[input-unreadable\]\ntsdump: .*none\/b: .* \[input-unreadable\]\n$/,
  ],
  [['--flow-detial=2'], 2, /^$/, /did you mean --flow-detail\?/],
  [['--set', 'flow_detial=2'], 2, /^$/, /did you mean flow_detail\?/],
  [['-p', 'x'], 2, /^$/, /^tsdump: --listen-port: .*, got "x" \[option-value\]\n$/],
  [['-n'], 2, /^$/, /TSDUMP_STRIKT.*did you mean TSDUMP_STRICT\?/, { env: { TSDUMP_STRIKT: '1' } }],
  [['--set', `confdir=${join(dir, 'wrong')}`], 2, /^$/, /tsdump\.yaml:3: .*listen_prot.* \[option-unknown\]\n$/],
  [
    ['-m', 'reverse:htp://a'],
    2,
    /^$/,
    /^tsdump: --mode: Mode "reverse:htp:\/\/a", column 9: "htp": .* \[option-value\]\n/,
  ],
  [['--set', `spool_dir=${join(dir, 'none')}`], 2, /^$/, /^tsdump: --set spool_dir: .*none: .* \[option-value\]\n$/],
  [['--set', 'mode'], 2, /^$/, /--mode.* \[option-requires\]\n$/],
  [['-n'], 2, /^$/, /^tsdump: .*-r FILE.* \[option-requires\]\n$/],
  [['--'], 2, /^$/, /^tsdump: .* \[option-value-missing\]\n$/],
  [['-nr', '-', '~d', '('], 2, /^$/, /^tsdump: .*, column \d+: .* \[filter-invalid\]\n {2}~d \(\n {2} +\^\n$/],
  [
    ['-nr', '-', '--set', 'dumper_filter=~zz'],
    2,
    /^$/,
    /^tsdump: --set dumper_filter: .* \[filter-invalid\]\n {2}~zz\n/,
  ],
  [['~d', '('], 2, /^$/, /\[filter-invalid\]/],
  [[join(dir, 'rec.jsonl')], 2, /^$/, /^tsdump: [^;]+rec\.jsonl is a capture; did you mean -nr .+rec\.jsonl\?/],
  [['-n', join(dir, 'rec.jsonl')], 2, /^$/, /rec\.jsonl is a capture; did you mean -nr/],
  [['-nr', join(dir, 'file'), join(dir, 'rec.jsonl')], 2, /^$/, /did you mean -r .+rec\.jsonl, too\?/],
  [['-nr', join(dir, 'file'), '~u', join(dir, 'rec.jsonl')], 0, /^$/, /^$/],
  [
    ['-nr', join(dir, 'file'), 'status:500'],
    0,
    /^$/,
    /The filter looks for "status:500" in URLs; did you mean ~c 500\?\n$/,
  ],
  [
    ['-nr', join(dir, 'file'), '--stat', 'json'],
    0,
    /^flows/,
    /The filter looks for "json" in URLs; did you mean --stat-json\?\n$/,
  ],
  [
    ['-nr', join(dir, 'file'), '-w', join(dir, 'x.json')],
    0,
    /^$/,
    /x\.json is written in the native format and is not JSON/,
  ],
  [['--flow-detail', '1', '--flow-detail', '2'], 2, /^$/, /^tsdump: --flow-detail: .* \[option-repeated\]\n$/],
  [['-S', join(dir, 'none')], 4, /^$/, /^tsdump: .*none: .* \[input-unreadable\]\n$/],
  [['-m', 'wireguard'], 2, /^$/, /^tsdump: --mode: Mode "wireguard": not supported: /],
  [
    ['-nr', dir],
    4,
    /^$/,
    /^tsdump: Cannot read .*: it is a folder; use a pattern to read its files: '.*\*' \[input-unreadable\]\n$/,
  ],
  [['-r', join(dir, 'none')], 4, /^$/, /Cannot read .*none/],
  [['-nr', join(dir, 'file'), '-w', join(dir, 'file')], 2, /^$/, /^tsdump: .*file.* \[same-file\]\n$/],
];

for (const row of [...IN_PROCESS, ...CASES]) {
  const [args, code, stdout, stderr, options] = row;
  t.test(args.join(' ').replaceAll(dir, '.'), async (t) => {
    const ended = IN_PROCESS.includes(row) ? await run(t, args, options) : await runWarm(args, options);
    t.equal(ended.code, code, 'exit code');
    t.match(String(ended.stdout), stdout, 'stdout');
    t.match(ended.stderr, stderr, 'stderr');
  });
}
