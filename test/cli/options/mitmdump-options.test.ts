import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { flagsOf, parseCommandLine } from '../../../src/cli/options/command-line.js';
import { configFileSettings } from '../../../src/cli/options/config-file.js';
import { environmentSettings } from '../../../src/cli/options/environment.js';
import { ABSENT_OPTIONS, absenceOf } from '../../../src/cli/options/mitmdump-options.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import { isOptionName, OPTIONS, type OptionName } from '../../../src/cli/options/table/index.js';

const NAMES = readFileSync(new URL('../../../../fixtures/mitmdump/names-12.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^[^#]/.test(line));
const options = NAMES.filter((name) => !name.startsWith('-'));
const flags = NAMES.filter((name) => name.startsWith('-'));
t.ok(options.length > 90 && flags.length > 70, 'the lists are there');

/** What names a reason, behind the place. */
const ANSWER = /: (planned|not needed): .{20}/;
const OF_OURS = new Set([
  '--set',
  '--options',
  '--version',
  '--help',
  '-h',
  '--quiet',
  '-q',
  '--verbose',
  '-v',
  ...[...OPTIONS].flatMap(([name, definition]) =>
    flagsOf(name, definition).flatMap(({ flags }) => flags.replace(/ <.*/, '').split(', ')),
  ),
]);

t.test('each option of mitmdump exists, or has an explanation wherever it is set', async (t) => {
  const dir = t.testdir({});
  for (const name of [...options, 'console_palette', 'web_port', 'view_order', 'intercept']) {
    if (isOptionName(name)) {
      t.equal(absenceOf(name), undefined, `${name} is ours`);
      continue;
    }
    const refused = (place: string) => ({
      code: 'option-unknown',
      message: new RegExp(`^${place}: ${name} is (planned|not needed): .{20}`),
    });
    for (const text of [name, `${name}=x`]) {
      t.throws(() => parseCommandLine(['--set', text]), refused(`--set ${name}`), `--set ${text}`);
    }
    const variable = `TSDUMP_${name.toUpperCase()}`;
    t.throws(() => environmentSettings({ [variable]: '1' }), refused(`environment variable ${variable}`), variable);
    writeFileSync(join(dir, 'tsdump.yaml'), `\n${name}: true\n`);
    await t.rejects(configFileSettings(dir), refused(`${dir}/tsdump.yaml:2`), `${name} in the config file`);
  }
});

t.test('what may be without a value in mitmdump may be without one here', async (t) => {
  const names = [
    ...['body_size_limit', 'cert_passphrase', 'ciphers_client', 'ciphers_server', 'client_certs', 'connect_addr'],
    ...['dumper_filter', 'listen_port', 'protobuf_definitions', 'proxyauth', 'readfile_filter', 'rfile'],
    ...['save_stream_file', 'save_stream_filter', 'ssl_verify_upstream_trusted_ca'],
    ...['ssl_verify_upstream_trusted_confdir', 'stickyauth', 'stickycookie', 'stream_large_bodies'],
    ...['tls_ecdh_curve_client', 'tls_ecdh_curve_server', 'upstream_auth'],
  ];
  const dir = t.testdir({ 'tsdump.yaml': names.map((name) => `${name}:\n`).join('') });
  const unset = parseCommandLine(names.flatMap((name) => ['--set', name])).settings;
  for (const settings of [unset, await configFileSettings(dir)]) {
    const { origins } = resolveOptions(settings);
    t.same(
      names.filter((name) => origins.get(name as OptionName)!.source === 'default'),
      [],
    );
  }
});

t.test('each flag of mitmdump is ours, or answered in every form', async (t) => {
  for (const flag of flags) {
    if (OF_OURS.has(flag)) continue;
    const forms = flag.startsWith('--') ? [[flag], [`${flag}=x`]] : [[flag, 'x'], [`${flag}x`], [`-n${flag[1]}`, 'x']];
    for (const argv of forms) {
      const message = new RegExp(`^${flag}( \\(\\w+\\))? is (planned|not needed): .{20}`);
      t.throws(() => parseCommandLine(argv), { code: 'option-unknown', message }, argv.join(' '));
    }
  }
});

t.test('only what mitmdump has, and we do not, is listed', async (t) => {
  const OTHER_PROGRAMS = ['intercept', 'intercept_active'];
  for (const [name, absence] of ABSENT_OPTIONS) {
    t.notOk(isOptionName(name), `${name} is no option of ours`);
    const known = options.includes(name) || flags.includes(`--${name}`) || OTHER_PROGRAMS.includes(name);
    t.ok(known, `mitmdump has ${name}`);
    t.match(`: ${absence}`, ANSWER);
  }
});
