import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const STORY = 'Once upon a time there was a proxy that kept everything it saw, and changed nothing.\n'.repeat(20);
const ITEMS = [
  { id: 1, name: 'lamp', price: 19.5, tags: ['light', 'desk'] },
  { id: 2, name: 'chair', price: 80, tags: ['wood'] },
];

/** A web server with one answer of each kind: JSON, a form that comes back, an image, gzip, chunks, errors. */
export function createDemoOrigin(): Server {
  const routes: Record<string, Handler> = {
    'GET /': (_, response) => send(response, 200, 'text/html', '<h1>Demo</h1>\n'),
    'HEAD /': (_, response) => send(response, 200, 'text/html', ''),
    'GET /api/items': (_, response) => send(response, 200, 'application/json', JSON.stringify(ITEMS)),
    'POST /api/items': (request, response) => echo(request, response, 201),
    'DELETE /api/items/1': (_, response) => response.writeHead(204).end(),
    'POST /form': (request, response) => echo(request, response, 200),
    'GET /logo.png': (_, response) => send(response, 200, 'image/png', PIXEL),
    'GET /story.txt': (_, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      send(response, 200, 'text/plain; charset=utf-8', gzipSync(STORY));
    },
    'GET /stream': (_, response) => stream(response, 5),
    'GET /old': (_, response) => response.writeHead(301, { Location: '/' }).end(),
    'GET /broken': (_, response) => send(response, 500, 'text/plain', 'Out of order\n'),
  };
  return createServer((request, response) => {
    const handler = routes[`${request.method} ${request.url?.split('?')[0]}`];
    if (handler) handler(request, response);
    else send(response, 404, 'text/plain', 'There is nothing here\n');
  });
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);
}

function echo(request: IncomingMessage, response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': request.headers['content-type'] ?? 'application/octet-stream' });
  request.pipe(response);
}

/** Without a length, so in chunks; each is a write of its own. */
function stream(response: ServerResponse, left: number): void {
  response.write(`${left} to go\n`, () => {
    if (left === 1) response.end();
    else stream(response, left - 1);
  });
}
