/*
 * `npm run demo`: a first run without the internet. A small server of our own is visited through tsdump, which records
 * it; then the capture is read back in three ways. Each command is printed before it runs, so that it can be copied.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDemoOrigin } from './demo-origin.js';

const DEADLINE = 30_000;
const TSDUMP = fileURLToPath(new URL('../../bin/tsdump', import.meta.url));

interface Visit {
  method: string;
  path: string;
  type?: string;
  body?: string;
}

const VISITS: readonly Visit[] = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/api/items?limit=2' },
  { method: 'POST', path: '/api/items', type: 'application/json', body: '{"name":"table","price":120}' },
  { method: 'DELETE', path: '/api/items/1' },
  { method: 'POST', path: '/form', type: 'application/x-www-form-urlencoded', body: 'user=ada&city=London' },
  { method: 'GET', path: '/logo.png' },
  { method: 'GET', path: '/story.txt' },
  { method: 'GET', path: '/stream' },
  { method: 'HEAD', path: '/' },
  { method: 'GET', path: '/old' },
  { method: 'GET', path: '/missing' },
  { method: 'GET', path: '/broken' },
];

// Both run the `exit` listener that ends the proxy.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

try {
  await withDeadline(main());
} catch (error) {
  console.error(`\nThe demonstration failed: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  let served = 0;
  const origin = createDemoOrigin().listen(0, '127.0.0.1');
  origin.on('request', () => served++);
  await once(origin, 'listening');
  const site = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const capture = join(mkdtempSync(join(tmpdir(), 'tsdump-demo-')), 'demo.flows');
  try {
    say(`A web server for this demonstration is at ${site}. Record what goes through the proxy:`);
    await record(site, capture);
    if (served !== VISITS.length) throw new Error(`only ${served} of ${VISITS.length} requests reached the server`);
  } finally {
    origin.close();
    origin.closeAllConnections();
  }
  say('Read the capture:');
  await tsdump('-nr', capture);
  say('Only what failed:');
  await tsdump('-nr', capture, '~c 4xx | ~c 5xx');
  say('One exchange, with headers and bodies:');
  await tsdump('-nr', capture, '--flow-detail', '3', '~m POST & ~u /form');
  say(`The capture is ${capture}. ${command('--help')} has the rest.`);
}

/** Starts the proxy, sends the requests through it and ends it as Ctrl-C does, so that all of it is on disk. */
async function record(site: string, capture: string): Promise<void> {
  const args = ['-p', '0', '-w', capture];
  show(command(...args));
  const child = spawn(process.execPath, [TSDUMP, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    const proxy = await listening(child, ended);
    const curl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;
    say(
      `Visit the server through it${curl ? '' : ' (from here, as there is no curl)'}; its log of connections is left out:`,
    );
    for (const visit of VISITS) await (curl ? visitByCurl : visitByNode)(proxy, site, visit);
    child.kill('SIGINT');
    const code = await ended;
    if (code !== 0) throw new Error(`tsdump ended with ${code}`);
  } finally {
    end();
    process.off('exit', end);
  }
}

/** The port in the line with which the proxy says that it is ready. What it logs later is only shown if it fails. */
function listening(child: ChildProcess, ended: Promise<number | null>): Promise<number> {
  let log = '';
  let ready = false;
  return new Promise((resolve, reject) => {
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const line = /^.*listening at \S*:(\d+)/m.exec(log);
      if (ready || !line) return;
      ready = true;
      process.stderr.write(log);
      resolve(Number(line[1]));
    });
    void ended.then((code) => {
      if (code !== 0) process.stderr.write(log);
      reject(new Error(`tsdump ended with ${code} before it listened`));
    });
  });
}

async function visitByCurl(proxy: number, site: string, { method, path, type, body }: Visit): Promise<void> {
  const args = ['-s', '-x', `http://127.0.0.1:${proxy}`];
  if (method === 'HEAD') args.push('-I');
  else if (method !== 'GET' && body === undefined) args.push('-X', method);
  if (type && body !== undefined) args.push('-H', `Content-Type: ${type}`, '-d', body);
  args.push(`${site}${path}`);
  show(['curl', ...args].map(quote).join(' '));
  // What it fetches is not shown; a list of hosts without a proxy must not lead it past ours.
  const env = { ...process.env, NO_PROXY: '', no_proxy: '' };
  await run('curl', args, ['ignore', 'ignore', 'inherit'], env);
}

async function visitByNode(proxy: number, site: string, { method, path, type, body }: Visit): Promise<void> {
  show(`${method} ${site}${path}`);
  const headers = { Host: site.slice('http://'.length), ...(type && { 'Content-Type': type }) };
  const request = httpRequest({
    host: '127.0.0.1',
    port: proxy,
    method,
    path: `${site}${path}`,
    headers,
    agent: false,
  });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
}

async function tsdump(...args: string[]): Promise<void> {
  show(command(...args));
  await run(process.execPath, [TSDUMP, ...args], 'inherit', process.env);
}

async function run(
  program: string,
  args: readonly string[],
  stdio: 'inherit' | ('ignore' | 'inherit')[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(program, args, { stdio, env });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${[program, ...args].map(quote).join(' ')} ended with ${signal ?? code}`);
}

/** As the reader can type it here. */
function command(...args: string[]): string {
  return [relative(process.cwd(), TSDUMP), ...args].map(quote).join(' ');
}

function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

function say(text: string): void {
  console.log(`\n# ${text}`);
}

function show(line: string): void {
  console.log(`$ ${line}`);
}

async function withDeadline(work: Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    console.error(`\nThe demonstration failed: it took more than ${DEADLINE / 1000} s`);
    process.exit(1);
  }, DEADLINE);
  await work.finally(() => clearTimeout(timer));
}
