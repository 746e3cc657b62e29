import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { rounds } from '../../support/rounds.js';
import { toFormat } from '../flows.js';
import { ODD_REQUESTS, oddFlow, randomRequests } from './odd-requests.js';

/** A request as it arrived, with one character per byte. */
interface Arrived {
  line: string;
  fields: string[];
  body: string;
}

const run = promisify(execFile);

for (const shell of ['dash', 'bash']) {
  t.test(`${shell} runs exported curl commands`, async (t) => {
    const arrived: Arrived[] = [];
    const server = await serve(arrived);
    const { port } = server.address() as { port: number };
    t.teardown(() => server.close());
    const requests = [...ODD_REQUESTS, ...randomRequests(rounds(40, 400), shell.length)];
    const flows = requests.map((request) => oddFlow(request, port));
    const script = join(t.testdir(), 'requests.sh');
    writeFileSync(script, await toFormat('curl', flows));
    const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: '/nonexistent' };
    await run(shell, [script], { env, maxBuffer: 1 << 26 });
    t.equal(arrived.length, flows.length, 'number of requests');
    for (const [at, flow] of flows.entries()) {
      const { method, path, httpVersion, headers, body } = flow.request;
      const expected = {
        line: `${method} ${path} ${httpVersion}`,
        fields: [...headers].map(([name, value]) => `${name}: ${value}`.trim()).sort(),
        body: (await body.rawBytes()).toString('latin1'),
      };
      t.same(arrived[at], expected, `request ${at}: ${method} ${path}`);
    }
  });
}

async function serve(arrived: Arrived[]): Promise<Server> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    let continued = false;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const request = parse(bytes.toString('latin1'));
      if (request === 'continue' && !continued) {
        continued = true;
        socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      }
      if (typeof request === 'object') respond(socket, request, arrived);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function respond(socket: Socket, request: Arrived, arrived: Arrived[]): void {
  arrived.push(request);
  socket.removeAllListeners('data').resume();
  socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
}

/** @returns undefined if more bytes have to arrive */
function parse(text: string): Arrived | 'continue' | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line, ...lines] = text.slice(0, end).split('\r\n');
  const fields = lines.map((field) => field.trim()).sort();
  const rest = text.slice(end + 4);
  const length = Number(/^content-length: (\d+)$/im.exec(lines.join('\n'))?.[1] ?? 0);
  const expects = /^expect: 100/im.test(lines.join('\n'));
  let body: string | undefined = rest.length >= length ? rest.slice(0, length) : undefined;
  if (/^transfer-encoding: chunked$/im.test(lines.join('\n'))) body = dechunk(rest);
  if (body === undefined) return expects ? 'continue' : undefined;
  return { line: line!, fields, body };
}

function dechunk(text: string): string | undefined {
  let body = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(text.slice(at, end), 16);
    if (size === 0) return text.endsWith('0\r\n\r\n') ? body : undefined;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
    if (at > text.length) return undefined;
  }
}
