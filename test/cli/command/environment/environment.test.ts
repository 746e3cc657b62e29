import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { certificatesIn, defaultRoots, pemOf } from '../../../../src/cli/command/environment/certificates.js';
import { environmentChanges, ROOT_VARIABLES } from '../../../../src/cli/command/environment/environment.js';
import type { ProxyAccess } from '../../../../src/cli/command/environment/proxy-access.js';
import { TrustFiles } from '../../../../src/cli/command/environment/trust-files.js';
import { testAuthority } from '../../../engine/tls/support.js';
import { folder, write } from '../../../support/folder.js';

const own = testAuthority();
const other = testAuthority();
const dir = folder(t);
const files = new TrustFiles(dir, own.certificate);
const usersFile = write(join(dir, 'users.pem'), other.certificatePem);
const certificateOf = ({ certificatePem }: typeof own): string => [...certificatesIn(certificatePem)][0]!;
const inFile = (path: string | undefined): string[] => [...certificatesIn(readFileSync(path!, 'latin1'))];

const HTTP: ProxyAccess = {
  address: ['127.0.0.1', 8080],
  http: 'http://127.0.0.1:8080',
  all: 'http://127.0.0.1:8080',
  noProxy: '',
};
const SOCKS: ProxyAccess = {
  address: ['127.0.0.1', 1080],
  http: undefined,
  all: 'socks5h://127.0.0.1:1080',
  noProxy: 'a',
};

t.test('proxies', async (t) => {
  const http = environmentChanges({ HTTP_PROXY: 'http://company', no_proxy: 'x' }, HTTP, files);
  for (const name of [
    'http_proxy',
    'HTTP_PROXY',
    'https_proxy',
    'HTTPS_PROXY',
    'ws_proxy',
    'WS_PROXY',
    'wss_proxy',
    'WSS_PROXY',
    'all_proxy',
    'ALL_PROXY',
  ]) {
    t.equal(http[name], 'http://127.0.0.1:8080', name);
  }
  t.match(http, { no_proxy: '', NO_PROXY: '', NODE_USE_ENV_PROXY: '1', npm_config_proxy: 'http://127.0.0.1:8080' });
  const socks = environmentChanges({}, SOCKS, files);
  t.match(socks, {
    all_proxy: 'socks5h://127.0.0.1:1080',
    no_proxy: 'a',
    JAVA_TOOL_OPTIONS: '-DsocksProxyHost=127.0.0.1',
  });
  t.ok('http_proxy' in socks && socks.http_proxy === undefined, 'those of the user are removed');
  const none = environmentChanges({ HTTP_PROXY: 'http://company' }, undefined, files);
  t.notOk('HTTP_PROXY' in none || 'npm_config_proxy' in none || 'NODE_OPTIONS' in none, 'without a proxy they stay');
  t.notMatch(none.JAVA_TOOL_OPTIONS, 'proxy');
});

t.test('certificates', async (t) => {
  const plain = environmentChanges({}, HTTP, files);
  const roots = defaultRoots();
  t.ok(roots.size > 50);
  for (const name of ROOT_VARIABLES) {
    const found = inFile(plain[name]);
    t.equal(found[0], certificateOf(own), `${name} has ours`);
    const adds = name === 'NODE_EXTRA_CA_CERTS' || name === 'DENO_CERT';
    t.equal(found.length, adds ? 1 : new Set([...roots, found[0]]).size, `${name} has the roots that it replaces`);
  }
  for (const name of ROOT_VARIABLES) {
    const extended = environmentChanges({ [name]: usersFile }, HTTP, files);
    t.same(inFile(extended[name]), [certificateOf(own), certificateOf(other)], `${name} of the user is extended`);
    const again = environmentChanges({ [name]: extended[name] }, HTTP, files);
    t.equal(again[name], extended[name], 'once');
    const unusable = environmentChanges({ [name]: '/nowhere' }, HTTP, files);
    t.equal(unusable[name], plain[name], 'one that cannot be read counts as none');
  }
  const folders = environmentChanges({ SSL_CERT_DIR: `/nowhere:${dir}` }, HTTP, files).SSL_CERT_DIR;
  t.equal(folders, `${join(dir, 'certs')}:${dir}`);
  t.equal(environmentChanges({ SSL_CERT_DIR: folders }, HTTP, files).SSL_CERT_DIR, folders, 'ours is added once');
});

t.test('npm does not distinguish upper and lower case', async (t) => {
  const changes = environmentChanges(
    { NPM_CONFIG_CAFILE: usersFile, npm_config_HTTPS_PROXY: 'x', npm_config_registry: 'kept' },
    HTTP,
    files,
  );
  t.same(inFile(changes.npm_config_cafile), [certificateOf(own), certificateOf(other)]);
  t.match(changes, { npm_config_https_proxy: 'http://127.0.0.1:8080' });
  for (const name of ['NPM_CONFIG_CAFILE', 'npm_config_HTTPS_PROXY'])
    t.ok(name in changes && changes[name] === undefined);
  t.notOk('npm_config_registry' in changes);
});

t.test('options of Node and Java are extended', async (t) => {
  const { NODE_OPTIONS, JAVA_TOOL_OPTIONS } = environmentChanges(
    {
      NODE_OPTIONS: '--no-warnings',
      JAVA_TOOL_OPTIONS: `-Xmx1g "-Da=b c" -Dhttp.proxyHost=company -Dhttp.proxyHostname=kept`,
    },
    { ...HTTP, noProxy: 'a.test,.b.test,10.0.0.1,10.0.0.0/8,*' },
    files,
  );
  t.match(NODE_OPTIONS, /^--no-warnings --require ".*node-proxy\.cjs"$/);
  t.match(JAVA_TOOL_OPTIONS, /^-Xmx1g "-Da=b c" -Dhttp.proxyHostname=kept -Djavax/);
  t.match(
    JAVA_TOOL_OPTIONS,
    '-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=8080 -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=8080',
  );
  t.match(JAVA_TOOL_OPTIONS, '-Dhttp.nonProxyHosts=a.test|*.a.test|b.test|*.b.test|10.0.0.1|*');
  const again = environmentChanges({ NODE_OPTIONS, JAVA_TOOL_OPTIONS }, HTTP, files);
  t.equal(again.NODE_OPTIONS, NODE_OPTIONS, 'once');
  t.equal(again.JAVA_TOOL_OPTIONS!.match(/http\.proxyHost=/g)?.length, 1);
});

t.test('wget and PHP have settings files', async (t) => {
  const home = folder(t);
  write(join(home, '.wgetrc'), `password = secret\nca_certificate = ${usersFile}\n`);
  const { WGETRC, PHP_INI_SCAN_DIR } = environmentChanges({ HOME: home, PHP_INI_SCAN_DIR: '/etc/mine' }, HTTP, files);
  const text = readFileSync(WGETRC!, 'utf8');
  t.equal(statSync(WGETRC!).mode & 0o077, 0, 'which may have a password');
  t.match(text, /^password = secret\nca_certificate = .*\n$/);
  t.same(inFile(/ca_certificate = (.*)/.exec(text)![1]), [certificateOf(own), certificateOf(other)]);
  const [before, folderOfOurs] = PHP_INI_SCAN_DIR!.split(':');
  t.equal(before, '/etc/mine');
  t.match(readFileSync(join(folderOfOurs!, 'tsdump.ini'), 'utf8'), /^openssl\.cafile=".*"\ncurl\.cainfo=".*"\n$/);
  t.match(environmentChanges({}, HTTP, files).PHP_INI_SCAN_DIR, /^:/, "PHP's own folder stays");
});

t.test('PEM text', async (t) => {
  const text = `comment\n${own.certificatePem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${own.certificatePem.replaceAll('\n', '\r\n')}`;
  t.same([...certificatesIn(text)], [certificateOf(own)]);
  t.equal(pemOf(certificatesIn(text)), own.certificatePem);
  t.equal(pemOf([]), '');
});
