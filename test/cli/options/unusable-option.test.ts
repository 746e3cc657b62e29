import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import t from 'tap';
import { keyPem, testAuthority } from '../../engine/tls/support.js';
import { folder, write } from '../../support/folder.js';
import { runWarm } from '../warm.js';

t.test('a value that turns out to be unusable is named by the place where it was set', async (t) => {
  const home = folder(t);
  const config = write(join(home, 'tsdump.yaml'), 'showhost: true\ncerts:\n  - /nowhere.pem\n');
  const reason = (step: () => unknown): string => {
    try {
      step();
      return '';
    } catch (error) {
      return (error as { reason: string }).reason;
    }
  };
  const noCipher = reason(() => createSecureContext({ ciphers: 'BOGUS' }));
  const cases: [args: string[], env: Record<string, string>, message: string][] = [
    [['--certs', '/nowhere'], {}, '--certs: /nowhere cannot be read: no such file or directory (ENOENT)'],
    [
      ['--set', 'client_certs=/nowhere'],
      {},
      '--set client_certs: /nowhere cannot be read: no such file or directory (ENOENT)',
    ],
    [
      [],
      { TSDUMP_CLIENT_CERTS: '/nowhere' },
      'TSDUMP_CLIENT_CERTS: /nowhere cannot be read: no such file or directory (ENOENT)',
    ],
    [
      ['--set', `confdir=${home}`],
      {},
      `${config}:3: certs: /nowhere.pem cannot be read: no such file or directory (ENOENT)`,
    ],
    [
      ['--protobuf-definitions', '/nowhere'],
      {},
      '--protobuf-definitions: /nowhere: no such file or directory (ENOENT)',
    ],
    [['--set', 'spool_dir=/nowhere'], {}, '--set spool_dir: /nowhere: '],
    [['--set', 'ciphers_server=BOGUS'], {}, `--set ciphers_server: ${noCipher}`],
    [['--set', 'ciphers_client=BOGUS'], {}, `--set ciphers_client: ${noCipher}`],
    [['--set', 'ciphers_client=BOGUS', '--workers', '2'], {}, `--set ciphers_client: ${noCipher}`],
    [
      ['--set', 'tls_version_server_max=TLS1'],
      {},
      'tls_version_server_min: TLS1_2 is above tls_version_server_max, TLS1: no version is left',
    ],
  ];
  for (const [args, env, message] of cases) {
    const { code, stderr } = await runWarm(['-p', '0', ...args], { env });
    t.equal(code, 2, message);
    t.ok(stderr.includes(`tsdump: ${message}`), message, { stderr });
    t.match(stderr, /\[option-value\]\n$/);
  }
});

t.test('of several values, the place of the bad one is named', async (t) => {
  const home = folder(t);
  const config = join(home, 'tsdump.yaml');
  const { certificatePem, key } = testAuthority();
  const pem = keyPem(key) + certificatePem;
  const cases: [option: string, bad: string, good: string][] = [
    ['certs', '/nowhere.pem', write(join(home, 'good.pem'), pem)],
    ['protobuf_definitions', '/nowhere', write(join(home, 'good.proto'), 'syntax = "proto3";')],
    ['ignore_hosts', '(', 'a'],
    ['allow_hosts', '(', 'a'],
    ['tcp_hosts', '(', 'a'],
    ['block_list', '/~xyz/404', '/~q/404'],
    ['modify_headers', '/a', '/~q/a/b'],
    ['modify_body', '/(/b', '/~q/a/b'],
    ['map_remote', '|(|b', '|a|b'],
    ['map_local', '|a|/nowhere/at/all', `|a|${home}`],
    ['redact_rule', '(', 'token'],
    ['fail_on', '~xyz', '~c 500'],
    ['expect', '~xyz', '~c 500'],
    ['expect_latency', 'p50=x', 'p50<1000ms'],
    ['mode', 'reverse:h:', 'regular'],
  ];
  for (const [option, bad, good] of cases) {
    write(config, `showhost: true\n${option}:\n  - '${good}'\n  - '${bad}'\n  - '${good}'\n`);
    const { code, stderr } = await runWarm(['-p', '0', '--set', `confdir=${home}`]);
    t.equal(code, 2, option);
    t.ok(stderr.includes(`tsdump: ${config}:4: ${option}: `), option, { stderr });
  }
});
