import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../src/flow/flow.js';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { command, isInstalled } from './support/command.js';
import { type Handler, Origin } from './support/origin.js';
import { type Recorded, Recording } from './support/recording.js';

const BROWSERS = ['chromium-headless-shell', 'chromium'].filter((name) => isInstalled(name) && !isSnap(name));
// A browser is a lot to install for a few requests: without one these are skipped wherever they run.
const CHROMIUM = { skip: BROWSERS.length === 0 && 'there is no Chromium, or only as a snap' };
const CERTUTIL = { skip: CHROMIUM.skip || (!isInstalled('certutil') && 'certutil is not installed') };

const SPKI = { skip: CHROMIUM.skip || (!isInstalled('openssl') && 'openssl is not installed') };

const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const ARGS = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];

/** The browser shows the page when the image has come, and that comes when the scripts have asked for `/shown`. */
const PAGE = `<!doctype html><link rel=icon href=data:,><body><img src=/image><script>
  const add = (text) => { document.body.append(text + '; '); };
  const send = (path, options) => fetch(path, options).then((response) => response.text());
  const socket = new WebSocket(location.href.replace('http', 'ws') + 'socket');
  socket.onmessage = ({ data }) => add('socket: ' + data);
  socket.onclose = async () => {
    add('api: ' + await send('/api', { method: 'POST', body: 'abc' }));
    await send('/shown');
  };
</script>`;
const REQUESTS = ['GET / 200', 'GET /image 200', 'GET /shown 200', 'GET /socket 101', 'POST /api 200'];

const TRUSTING = 'a page, what it fetches and its WebSocket, with the CA among those of the user';
eachBrowser(TRUSTING, CERTUTIL, async (t, browser) => {
  const origin = await startOrigin(t);
  const recording = await Recording.start(t, { args: ARGS });
  const home = folder(t);
  const database = join(home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  for (const args of [
    ['-N', '--empty-password'],
    ['-A', '-t', 'C,,', '-n', 'tsdump', '-i', recording.ca],
  ]) {
    t.equal((await command('certutil', ['-d', `sql:${database}`, ...args])).code, 0, `certutil ${args[0]}`);
  }
  const dom = await visit(browser, recording, origin.url('/', 'localhost'), home);
  t.match(dom, /socket: hello; api: POST \/api 3; /);

  const flows = await flowsTo(t, recording, origin);
  const line = ({ flow: { request, response } }: Recorded<HttpFlow>): string =>
    `${request.method} ${request.path} ${response?.statusCode}`;
  t.same(flows.map(line).sort(), REQUESTS);
  for (const { flow } of flows) {
    t.equal(flow.error, undefined);
    t.equal(flow.client.tls?.sni, 'localhost');
    t.equal(flow.request.url, origin.url(flow.request.path, 'localhost'));
  }
  const socket = flows.find(({ flow }) => flow.response?.statusCode === 101)!;
  t.ok(socket.messages.join('').includes('hello'), 'what came over the socket is recorded');
});

eachBrowser('a browser that is given the hash of the CA, as docs/certificates.md has it', SPKI, async (t, browser) => {
  const origin = await startOrigin(t);
  const recording = await Recording.start(t, { args: ARGS });
  const page = readFileSync(new URL('../../../docs/certificates.md', import.meta.url), 'utf8');
  const recipe = /^ {4}(SPKI=.*)$/m.exec(page)?.[1];
  const { stdout } = await command('sh', ['-c', `${recipe}; printf %s "$SPKI"`], { env: { CA: recording.ca } });
  t.match(String(stdout), /^[\w+/]{43}=$/);
  const flag = `--ignore-certificate-errors-spki-list=${stdout}`;
  t.match(await visit(browser, recording, origin.url('/', 'localhost'), folder(t), flag), /api: POST \/api 3; /);
  t.ok((await flowsTo(t, recording, origin)).some(({ flow }) => flow.request.path === '/api'));
});

eachBrowser('a browser that does not trust the CA is reported', CHROMIUM, async (t, browser) => {
  const origin = await startOrigin(t);
  const recording = await Recording.start(t, { args: ARGS });
  t.notMatch(await visit(browser, recording, origin.url('/', 'localhost'), folder(t)), /api:/);
  await recording.program.logged(/The client does not trust the proxy's certificate for localhost/);
  t.equal((await flowsTo(t, recording, origin)).length, 0);
});

function eachBrowser(
  name: string,
  options: { skip: string | false },
  run: (t: Test, browser: string) => Promise<void>,
) {
  t.test(name, options, async (t) => {
    for (const browser of BROWSERS) await t.test(browser, (t) => run(t, browser));
  });
}

/** A snap sees neither our home folder nor our folders in /tmp. */
function isSnap(program: string): boolean {
  const { stdout } = spawnSync('sh', ['-c', 'readlink -f "$(command -v "$0")"', program], { encoding: 'utf8' });
  return /\bsnapd?\b/.test(stdout);
}

/** Ends the recording. @returns the HTTP flows to the origin */
async function flowsTo(t: Test, recording: Recording, origin: Origin): Promise<Recorded<HttpFlow>[]> {
  const flows = await recording.http(t);
  return flows.filter(({ flow: { request } }) => request.host === 'localhost' && request.port === origin.port);
}

/** @returns the page as it is when its scripts have run */
async function visit(
  browser: string,
  recording: Recording,
  url: string,
  home: string,
  ...more: string[]
): Promise<string> {
  const all = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-extensions',
    '--disable-sync',
    `--user-data-dir=${join(home, 'profile')}`,
    `--proxy-server=${recording.url}`,
    // A complete browser asks for updates and the time all the same. The last rule that matches counts: only requests to
    // this machine take the proxy, and the others fail inside the browser.
    '--proxy-bypass-list=*;<-loopback>',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    // Then it stops waiting for the image.
    '--timeout=20000',
    ...more,
    '--dump-dom',
    url,
  ];
  const { stdout } = await command(browser, all, { env: { HOME: home } });
  return String(stdout);
}

/** Serves the page, and a WebSocket that says hello and closes. */
async function startOrigin(t: Test): Promise<Origin> {
  let showImage: () => void;
  const shown = new Promise<void>((resolve) => {
    showImage = resolve;
  });
  const handler: Handler = ({ method, target, body }, response) => {
    if (target === '/image') return void shown.then(() => response.end());
    if (target === '/shown') showImage();
    if (target === '/') response.setHeader('Content-Type', 'text/html');
    response.end(target === '/' ? PAGE : `${method} ${target} ${body.length}`);
  };
  const origin = await Origin.start(t, handler, { tls: identity(upstream, ['localhost']) });
  origin.server.on('upgrade', (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const fields = [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
    ];
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields.join('\r\n')}\r\n\r\n`);
    socket.write(Buffer.from('\x81\x05hello\x88\x02\x03\xe8', 'latin1'));
    socket.on('data', () => socket.end());
  });
  return origin;
}
