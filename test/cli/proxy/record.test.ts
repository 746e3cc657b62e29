import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../../support/free-port.js';
import { IPV6 } from '../../support/ipv6.js';
import { later } from '../../support/later.js';
import { readPaths, writeFlows } from '../flows.js';
import { run, Tsdump } from '../tsdump.js';

const dir = t.testdir({});
const at = (name: string) => join(dir, name);
const origin = await startOrigin();
t.teardown(() => origin.close());

t.test('records, shows, and ends with a signal', async (t) => {
  const program = new Tsdump(t, ['-p', '0', '-w', at('flows')]);
  const port = await program.port();
  t.not(port, 8080);
  t.equal(await get(port, '/one'), 'answer to /one');
  await program.shown(/<< 200 OK/);
  program.child.kill('SIGINT');
  const { code, stdout, stderr } = await program.ended;
  t.equal(code, 0);
  t.match(String(stdout), /GET http:\/\/127\.0\.0\.1:\d+\/one\n.*<< 200 OK/);
  t.match(stderr, /proxy listening at 127\.0\.0\.1:\d+\.\n/);
  t.equal(await readPaths(at('flows')), '/one');
});

t.test('listens at an IPv6 address', IPV6, async (t) => {
  const program = new Tsdump(t, ['-p', '0', '--listen-host', '::1']);
  await program.logged(/listening at \[::1\]:\d+\./);
  program.child.kill('SIGTERM');
  t.equal((await program.ended).code, 0);
});

t.test('listens at the given address', async (t) => {
  const cases: [string[], RegExp][] = [
    [['-p', '0', '--listen-host', ''], /listening at \*:\d+\./],
    [['-m', 'regular@0', '-m', 'regular@localhost:0'], /listening at 127\.0\.0\.1:\d+\.\n.*listening at \S+:\d+\.\n/],
  ];
  for (const [args, log] of cases) {
    const program = new Tsdump(t, args);
    await program.logged(log);
    program.child.kill('SIGTERM');
    t.equal((await program.ended).code, 0, args.join(' '));
  }
});

t.test('quiet', async (t) => {
  const taken = await freePort();
  const program = new Tsdump(t, ['-q', '-p', String(taken)]);
  await connected(taken);
  program.child.kill('SIGTERM');
  const { code, stderr, stdout } = await program.ended;
  t.equal(code, 0);
  t.equal(stderr + stdout, '');
});

t.test('a port in use', async (t) => {
  const { port } = origin.address() as AddressInfo;
  writeFileSync(at('precious'), 'of another program');
  const { code, stderr } = await run(t, ['-p', String(port), '-w', at('precious')]);
  t.equal(code, 3);
  t.match(stderr, new RegExp(`^tsdump: .*127\\.0\\.0\\.1:${port}.* in use.*--listen-port`));
  const atPort = await run(t, ['-m', `regular@${port}`]);
  t.equal(atPort.code, 3);
  t.match(atPort.stderr, /in use\. Choose another with --mode regular@PORT, or 0 for a free one\./);
  t.equal(readFileSync(at('precious'), 'utf8'), 'of another program', 'the output is as it was');
});

t.test('flows on stdout', async (t) => {
  const program = new Tsdump(t, ['-p', '0', '-w', '-']);
  await get(await program.port(), '/two');
  await program.logged(/GET .*\/two\n.*<< 200 OK/);
  program.child.kill('SIGTERM');
  const { code, stdout } = await program.ended;
  t.equal(code, 0);
  t.equal(await readPaths(stdout), '/two');
});

t.test('the reader of the flows goes', async (t) => {
  const program = new Tsdump(t, ['-p', '0', '-w', '-']);
  const port = await program.port();
  program.child.stdout!.destroy();
  await get(port, '/lost').catch(() => 'broken off');
  const { code, stderr } = await program.ended;
  t.equal(code, 5);
  t.match(stderr, /stdout was closed by its reader/);
});

t.test('the reader of the display goes', async (t) => {
  const alone = new Tsdump(t, ['-p', '0']);
  const port = await alone.port();
  alone.child.stdout!.destroy();
  await get(port, '/lost').catch(() => 'broken off');
  t.equal((await alone.ended).code, 5, 'and nothing else records');

  const recording = new Tsdump(t, ['-p', '0', '-w', at('display')]);
  const other = await recording.port();
  recording.child.stdout!.destroy();
  for (const path of ['/1', '/2', '/3']) t.equal(await get(other, path), `answer to ${path}`);
  recording.child.kill('SIGTERM');
  t.equal((await recording.ended).code, 0, 'and a file records');
  t.equal(await readPaths(at('display')), '/1 /2 /3');
});

t.test('an output that cannot be written', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, async (t) => {
  const program = new Tsdump(t, ['-p', '0', '-w', '/dev/full']);
  await get(await program.port(), '/lost').catch(() => 'broken off');
  const { code, stderr } = await program.ended;
  t.equal(code, 5);
  t.match(stderr, /Cannot write \/dev\/full: .*no space left/i);
});

t.test('an output that cannot be opened', async (t) => {
  const { code, stderr } = await run(t, ['-p', '0', '-w', at('no/such/folder/out')]);
  t.equal(code, 5);
  t.match(stderr, /Cannot write .*out/);
});

t.test('at a signal live exchanges may finish', async (t) => {
  const program = new Tsdump(t, ['-p', '0', '-w', at('finished')]);
  const port = await program.port();
  const answer = get(port, '/wait');
  const response = await waiting();
  program.child.kill('SIGTERM');
  await refused(port);
  response.end('finished');
  t.equal(await answer, 'finished');
  t.equal((await program.ended).code, 0);
  t.match(String((await run(t, ['-nr', at('finished')])).stdout), /\/wait\n.*<< 200 OK/);
});

t.test('a second signal does not wait', async (t) => {
  const program = new Tsdump(t, ['-p', '0', '-w', at('forced'), '--set', 'shutdown_timeout=3600']);
  const port = await program.port();
  const answer = get(port, '/wait').catch(() => 'none');
  await waiting();
  program.child.kill('SIGTERM');
  await refused(port);
  program.child.kill('SIGTERM');
  t.equal((await program.ended).code, 0);
  t.equal(await answer, 'none');
  t.match(String((await run(t, ['-nr', at('forced')])).stdout), /\/wait\n.*interrupted/);
});

t.test('reads, then ends', async (t) => {
  await writeFlows(at('input'), 3);
  const { code, stdout, stderr } = await run(t, ['-p', '0', '-r', at('input'), '-w', at('output')]);
  t.equal(code, 0);
  t.equal(paths(stdout), '/1 /2 /3');
  t.match(stderr, /listening at/);
  t.equal(await readPaths(at('output')), '/1 /2 /3');
});

t.test('reads a capture, then runs the proxy', async (t) => {
  const program = new Tsdump(t, ['-p', '0', '-r', at('input'), '-w', at('both'), '--set', 'keepserving']);
  const port = await program.port();
  await program.shown(/\/3\n.*<</);
  await get(port, '/live');
  program.child.kill('SIGTERM');
  t.equal((await program.ended).code, 0);
  t.same((await readPaths(at('both'))).split(' ').sort(), ['/1', '/2', '/3', '/live']);
});

t.test('reads what is damaged', async (t) => {
  writeFileSync(at('damaged'), readFileSync(at('input')).subarray(0, -3));
  const { code, stdout } = await run(t, ['-p', '0', '-r', at('damaged')]);
  t.equal(code, 4);
  t.equal(paths(stdout), '/1 /2');
});

/** The paths of the flows that were shown. */
function paths(text: Buffer): string {
  return [...String(text).matchAll(/ http:\/\/[^/\s]+(\/\S*)/g)].map(([, path]) => path).join(' ');
}

let waitingResponse: (response: ServerResponse) => void = () => {};

/** The response to `/wait`, for the test to end. */
function waiting(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    waitingResponse = resolve;
  });
}

async function startOrigin(): Promise<Server> {
  const server = createServer((incoming, response) => {
    if (incoming.url === '/wait') waitingResponse(response);
    else response.end(`answer to ${incoming.url}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function get(proxyPort: number, path: string): Promise<string> {
  const { port } = origin.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const outgoing = request({ port: proxyPort, path: `http://127.0.0.1:${port}${path}`, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Resolves when nothing listens there any more. */
async function refused(port: number): Promise<void> {
  while (await accepts(port)) await later();
}

/** Resolves when something listens there. */
async function connected(port: number): Promise<void> {
  while (!(await accepts(port))) await later();
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
