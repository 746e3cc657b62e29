import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { write } from '../../support/folder.js';
import { isInstalled } from '../support/command.js';
import { PYTHON } from '../support/python.js';

/** Whether requests for this machine go through the proxy as well. */
type Localhost = 'yes' | 'no';

/** A program that requests `/NAME` or paths below it from an HTTPS server. */
export interface ProgramCase {
  name: string;
  /** How `docs/command.md` calls it; undefined if that has it already. */
  title: string | undefined;
  localhost: Localhost;
  /** Why the program cannot run here; false if it can. */
  missing: () => string | false;
  /** A program that is a lot to install for a few requests: without it the test is skipped wherever it runs. */
  isLarge?: true;
  /** Its command line. @param url of the server, without a slash at the end @param dir an empty folder, its home */
  args: (url: string, dir: string) => string[];
  /** What it requests, if that is more than one path. */
  paths?: readonly string[];
  /** Its own variables. */
  env?: (dir: string, url: string) => NodeJS.ProcessEnv;
}

function installed(...programs: string[]): () => string | false {
  return () => {
    const missing = programs.find((program) => !isInstalled(program));
    return missing !== undefined && `${missing} is not installed`;
  };
}

/** A check by a command that fails if something is missing. */
function works(what: string, command: string, ...args: string[]): () => string | false {
  return () => spawnSync(command, args, { stdio: 'ignore' }).status !== 0 && `${what} is not installed`;
}

function python(module: string, title: string, script: string): ProgramCase {
  return {
    name: `python-${module.split('.')[0]}`,
    title,
    localhost: 'yes',
    missing: works(`Python's module ${module}`, PYTHON, '-c', `import ${module}`),
    args: (url) => [
      PYTHON,
      '-c',
      `import ${module}, sys\nurl = sys.argv[1]\n${script}`,
      `${url}/python-${module.split('.')[0]}`,
    ],
  };
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** Requests by each client of Node.js, and by the package undici, whose path is an argument. */
const NODE_SCRIPT = `
const [url, undici, agents] = process.argv.slice(1);
const https = require('https');
const get = (path, options) => new Promise((resolve, reject) => {
  https.get(url + path, options, (response) => response.resume().on('end', resolve)).on('error', reject);
});
(async () => {
  await get('/https', {});
  await get('/no-agent', { agent: false });
  if (agents) await get('/agent', { agent: new https.Agent({ maxSockets: 2 }) });
  await (await fetch(url + '/fetch')).text();
  await (await require(undici).request(url + '/undici')).body.text();
})();`;

function node(
  name: string,
  title: string | undefined,
  path: string | undefined,
  hasProxySupport: boolean,
): ProgramCase {
  // Agents that programs make use the proxy where Node.js supports that.
  const [clients, agents] = hasProxySupport ? [['agent'], ['agents']] : [[], []];
  return {
    name,
    title,
    localhost: 'yes',
    missing: () => path === undefined && 'TSDUMP_NEWEST_NODE is not set',
    args: (url) => {
      const undici = createRequire(import.meta.url).resolve('undici');
      return [path!, '-e', NODE_SCRIPT, `${url}/${name}`, undici, ...agents];
    },
    paths: ['https', 'no-agent', ...clients, 'fetch', 'undici'].map((client) => `/${name}/${client}`),
  };
}

export const PROGRAMS: readonly ProgramCase[] = [
  {
    name: 'curl',
    title: 'curl',
    localhost: 'yes',
    missing: installed('curl'),
    args: (url) => ['curl', '-sSf', `${url}/curl`],
  },
  {
    name: 'wget',
    title: 'wget',
    localhost: 'yes',
    missing: installed('wget'),
    args: (url) => ['wget', '-q', '-O-', `${url}/wget`],
  },
  {
    name: 'git',
    title: 'git',
    localhost: 'yes',
    missing: installed('git'),
    args: (url) => ['git', 'ls-remote', `${url}/git`],
  },
  node(
    'node',
    'Node.js: `http`, `https`, `fetch`, undici',
    process.execPath,
    major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21),
  ),
  node('newest-node', undefined, process.env.TSDUMP_NEWEST_NODE, true),
  {
    name: 'npm',
    title: 'npm',
    localhost: 'yes',
    missing: installed('npm'),
    args: (url) => ['npm', 'view', 'probe', 'version', `--registry=${url}/npm/`, '--fetch-retries=0'],
  },
  python('urllib.request', 'Python: `urllib`', 'urllib.request.urlopen(url).read()'),
  python('requests', 'Python: requests', 'requests.get(url).raise_for_status()'),
  python('httpx', 'Python: httpx', 'httpx.get(url).raise_for_status()'),
  python(
    'aiohttp',
    'Python: aiohttp with `ClientSession(trust_env=True)`',
    `import asyncio
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.get(url) as response:
            response.raise_for_status()
asyncio.run(main())`,
  ),
  {
    name: 'pip',
    isLarge: true,
    title: 'pip',
    localhost: 'yes',
    missing: works('pip', 'python3', '-m', 'pip', '--version'),
    args: (url) => [
      'python3',
      '-m',
      'pip',
      'index',
      'versions',
      '--disable-pip-version-check',
      '--retries=0',
      '--index-url',
      `${url}/pip/`,
      'probe',
    ],
  },
  {
    name: 'aws',
    isLarge: true,
    title: 'AWS CLI, boto3',
    localhost: 'yes',
    missing: installed('aws'),
    args: (url) => [
      'aws',
      '--endpoint-url',
      `${url}/aws`,
      '--region=eu-west-1',
      '--no-sign-request',
      's3api',
      'list-buckets',
    ],
  },
  {
    name: 'cargo',
    isLarge: true,
    title: 'cargo',
    localhost: 'yes',
    missing: installed('cargo'),
    args: (url, dir) => {
      mkdirSync(join(dir, 'src'));
      write(join(dir, 'src/lib.rs'), '');
      const dependency = '[dependencies]\nprobe = { version = "1", registry = "own" }\n';
      write(join(dir, 'Cargo.toml'), `[package]\nname = "own"\nversion = "1.0.0"\nedition = "2021"\n${dependency}`);
      const registry = `[registries]\nown = { index = "sparse+${url}/cargo/" }\n[net]\nretry = 0\n`;
      return [
        'cargo',
        'generate-lockfile',
        '-q',
        '--manifest-path',
        join(dir, 'Cargo.toml'),
        '--config',
        write(join(dir, 'registry.toml'), registry),
      ];
    },
    // Where it was installed by rustup, that finds the toolchain below the user's home.
    env: (dir) => ({
      CARGO_HOME: join(dir, 'cargo'),
      RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'),
    }),
  },
  {
    name: 'go',
    isLarge: true,
    title: 'Go, and the go command',
    localhost: 'no',
    missing: installed('go'),
    args: () => ['go', 'list', '-m', '-versions', 'example.test/probe'],
    env: (dir, url) => ({
      GOPROXY: `${url}/go`,
      GOPATH: join(dir, 'go'),
      GOCACHE: join(dir, 'cache'),
      GONOSUMDB: '*',
      GOTOOLCHAIN: 'local',
    }),
  },
  {
    name: 'java',
    isLarge: true,
    title: 'Java: `HttpURLConnection`, `HttpClient`',
    localhost: 'yes',
    missing: works('a JDK', 'javac', '-version'),
    args: (url, dir) => ['java', write(join(dir, 'Probe.java'), JAVA), `${url}/java`],
    paths: ['/java/client', '/java/connection'],
  },
  {
    name: 'ruby',
    title: 'Ruby: `Net::HTTP`',
    localhost: 'no',
    missing: installed('ruby'),
    args: (url) => [
      'ruby',
      '-rnet/http',
      '-e',
      'exit Net::HTTP.get_response(URI(ARGV[0])).is_a?(Net::HTTPOK)',
      `${url}/ruby`,
    ],
  },
  {
    name: 'php',
    title: 'PHP: curl (Guzzle, Symfony)',
    localhost: 'yes',
    missing: works("PHP's extension curl", 'php', '-r', 'exit(function_exists("curl_init") ? 0 : 1);'),
    args: (url) => [
      'php',
      '-r',
      '$c = curl_init($argv[1]); curl_setopt($c, CURLOPT_FAILONERROR, true); exit(curl_exec($c) === false ? 1 : 0);',
      `${url}/php`,
    ],
  },
  {
    name: 'perl-lwp',
    title: 'Perl: LWP',
    localhost: 'yes',
    missing: works("Perl's LWP::Protocol::https", 'perl', '-MLWP::Protocol::https', '-e', '1'),
    args: (url) => [
      'perl',
      '-MLWP::UserAgent',
      '-e',
      'exit !LWP::UserAgent->new->get($ARGV[0])->is_success',
      `${url}/perl-lwp`,
    ],
  },
  {
    name: 'perl-tiny',
    title: 'Perl: HTTP::Tiny',
    localhost: 'yes',
    missing: works("Perl's IO::Socket::SSL", 'perl', '-MHTTP::Tiny', '-MIO::Socket::SSL', '-e', '1'),
    args: (url) => [
      'perl',
      '-MHTTP::Tiny',
      '-e',
      'exit !HTTP::Tiny->new(verify_SSL => 1)->get($ARGV[0])->{success}',
      `${url}/perl-tiny`,
    ],
  },
  {
    name: 'chromium',
    isLarge: true,
    title: 'Chromium, with [the CA in its own store](clients.md#chromium)',
    localhost: 'no',
    missing: installed('chromium-headless-shell'),
    args: (url) => [
      'chromium-headless-shell',
      '--no-sandbox',
      '--ignore-certificate-errors',
      '--dump-dom',
      `${url}/chromium`,
    ],
  },
];

const JAVA = `
import java.net.*;
import java.net.http.*;
public class Probe {
  public static void main(String[] args) throws Exception {
    var connection = (HttpURLConnection) new URL(args[0] + "/connection").openConnection();
    var request = HttpRequest.newBuilder(URI.create(args[0] + "/client")).build();
    var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.exit(connection.getResponseCode() == 200 && response.statusCode() == 200 ? 0 : 1);
  }
}
`;
