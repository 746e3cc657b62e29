import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { certificatesOf, nodeRoots, pemOf, systemRoots } from './certificates.js';
import { javaOptions } from './java.js';
import { nodeOptions } from './node.js';
import type { ProxyAccess } from './proxy-access.js';
import { TrustFiles } from './trust-files.js';

/** Changes to an environment; undefined removes a variable. */
export type Changes = Record<string, string | undefined>;

/** Variables for a PEM file that replaces the roots of a program. */
const REPLACING = [
  'SSL_CERT_FILE', // OpenSSL, Go, Ruby, Python's ssl and httpx, Rust, .NET
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
  'AWS_CA_BUNDLE',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'HTTPLIB2_CA_CERTS',
  'NIX_SSL_CERT_FILE',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'PERL_LWP_SSL_CA_FILE',
  'BUNDLE_SSL_CA_CERT',
  'HEX_CACERTS_PATH',
  'JULIA_SSL_CA_ROOTS_PATH',
];

/** Variables for a PEM file with additional roots. */
const ADDING = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT'];

/** All variables for a file with roots. */
export const ROOT_VARIABLES: readonly string[] = [...REPLACING, ...ADDING, 'npm_config_cafile'];

/**
 * The changes with which programs use the proxy and trust its CA. The user's settings for certificates and options are
 * extended; settings for proxies are replaced.
 * @param base the user's environment
 * @param proxy undefined if programs cannot be configured to use it, as for a reverse proxy
 */
export function environmentChanges(
  base: NodeJS.ProcessEnv,
  proxy: ProxyAccess | undefined,
  files: TrustFiles,
): Changes {
  return {
    ...(proxy ? proxyVariables(proxy) : {}),
    ...certificateVariables(base, files),
    ...npmVariables(base, proxy, files),
    ...(proxy?.http ? { NODE_OPTIONS: nodeOptions(base.NODE_OPTIONS, files) } : {}),
    JAVA_TOOL_OPTIONS: javaOptions(base.JAVA_TOOL_OPTIONS, proxy, files),
    PHP_INI_SCAN_DIR: phpFolders(base, files),
    WGETRC: wgetrc(base, files),
  };
}

function proxyVariables({ http, all, noProxy }: ProxyAccess): Changes {
  const changes: Changes = {};
  for (const [name, value] of [
    ['http_proxy', http],
    ['https_proxy', http],
    // Python's aiohttp reads these for WebSockets.
    ['ws_proxy', http],
    ['wss_proxy', http],
    ['all_proxy', all],
    ['no_proxy', noProxy],
  ] as const) {
    changes[name] = value;
    changes[name.toUpperCase()] = value;
  }
  return {
    ...changes,
    NODE_USE_ENV_PROXY: '1',
    PERL_LWP_ENV_PROXY: '1',
    YARN_HTTP_PROXY: http,
    YARN_HTTPS_PROXY: http,
  };
}

function certificateVariables(base: NodeJS.ProcessEnv, files: TrustFiles): Changes {
  const changes: Changes = { SSL_CERT_DIR: files.folders(base.SSL_CERT_DIR) };
  for (const name of REPLACING) changes[name] = files.replacing(base[name]);
  for (const name of ADDING) changes[name] = files.adding(base[name]);
  return changes;
}

/** npm ignores the case of its variables. */
function npmVariables(base: NodeJS.ProcessEnv, proxy: ProxyAccess | undefined, files: TrustFiles): Changes {
  const changes: Changes = {};
  let cafile: string | undefined;
  for (const [name, value] of Object.entries(base)) {
    const [, setting] = /^npm_config_(cafile|proxy|https_proxy|noproxy)$/i.exec(name) ?? [];
    if (setting === undefined) continue;
    if (setting.toLowerCase() === 'cafile') cafile = value;
    else if (!proxy) continue;
    changes[name] = undefined;
  }
  changes.npm_config_cafile = files.replacing(cafile);
  if (!proxy) return changes;
  return {
    ...changes,
    npm_config_proxy: proxy.http,
    npm_config_https_proxy: proxy.http,
    npm_config_noproxy: proxy.noProxy,
  };
}

/** PHP reads the settings in these folders in order. An empty name stands for its default folder. */
function phpFolders({ PHP_INI_SCAN_DIR: before = '' }: NodeJS.ProcessEnv, files: TrustFiles): string {
  const bundle = files.replacing(undefined);
  const folder = dirname(files.settings('tsdump.ini', `openssl.cafile="${bundle}"\ncurl.cainfo="${bundle}"\n`));
  const others = before.split(':').filter((each) => each !== folder);
  return [...others, folder].join(':');
}

/** The value that `bin/tsdump` sets; its leading zero distinguishes it from a user's. */
const OWN_THREADS = '016';

/** Variables for this process only: those of sd_notify(3). */
const OF_THIS_PROCESS = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];

/**
 * The environment of the command.
 * @param base our environment
 * @param folder for the files that its variables name
 */
export function commandEnvironment(
  base: NodeJS.ProcessEnv,
  proxy: ProxyAccess | undefined,
  folder: string,
  certificate: X509Certificate,
): NodeJS.ProcessEnv {
  const environment = { ...base };
  if (environment.UV_THREADPOOL_SIZE === OWN_THREADS) delete environment.UV_THREADPOOL_SIZE;
  for (const name of OF_THIS_PROCESS) delete environment[name];
  for (const [name, value] of Object.entries(environmentChanges(base, proxy, new TrustFiles(folder, certificate)))) {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}

/**
 * The certificates that programs trust in this environment, but Node does not, in PEM form. tsdump verifies servers in place of
 * these programs, and behind another proxy that intercepts TLS, only their settings have its CA.
 */
export function userRoots(environment: NodeJS.ProcessEnv): string[] {
  const files = ROOT_VARIABLES.flatMap((name) => environment[name] || []);
  const trusted = [systemRoots(), ...files.map(certificatesOf)].flatMap((found) => [...(found ?? [])]);
  const known = nodeRoots();
  const others = new Set(trusted.filter((certificate) => !known.has(certificate)));
  return others.size > 0 ? [pemOf(others)] : [];
}

/** A settings file for wget, which has no variable for certificates: the user's, with the bundle of certificates. */
function wgetrc({ WGETRC, HOME = homedir() }: NodeJS.ProcessEnv, files: TrustFiles): string {
  const before = textOf(WGETRC || join(HOME, '.wgetrc'));
  const lines = before.split(/\r?\n/).filter((line) => line !== '');
  const isCertificate = (line: string): boolean => /^\s*ca_?-?certificate\s*=/i.test(line);
  const certificate = lines.findLast(isCertificate)?.split('=').slice(1).join('=').trim();
  const kept = lines.filter((line) => !isCertificate(line));
  // The user's file may contain a password.
  return files.settings('wgetrc', [...kept, `ca_certificate = ${files.replacing(certificate)}`, ''].join('\n'), 0o600);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
