import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Children } from './children.js';
import { freePort, untilListening } from './ports.js';
import { findProgram, ownProgram } from './programs.js';

const MIB = 1024 * 1024;

/** Path of the small answer: 1.1 KB of JSON. */
export const ANSWER = '/answer.json';
/** A path that has a 404. */
export const MISSING = '/missing';

/** The server behind everything that is measured. */
export interface Origin {
  /** The program that it is, for the head of the table. */
  readonly name: string;
  readonly port: number;
  /** Makes a body of so many bytes available and gives its path. */
  body(size: number): string;
}

/** Starts nginx, or the small server of `programs/origin.ts` where that is not installed. */
export async function startOrigin(children: Children, dir: string): Promise<Origin> {
  const root = join(dir, 'origin');
  mkdirSync(root);
  writeFileSync(join(root, ANSWER), answer());
  const nginx = findProgram('nginx');
  const port = nginx ? await startNginx(children, nginx, dir, root) : await startOwn(children, root);
  const body = (size: number) => {
    const path = join(root, `body-${size}`);
    if (!existsSync(path)) writeRandom(path, size);
    return `/body-${size}`;
  };
  return { name: nginx ? 'nginx' : 'a small server on node:net', port, body };
}

async function startNginx(children: Children, nginx: string, dir: string, root: string): Promise<number> {
  const port = await freePort();
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, nginxConfig(dir, root, port));
  const child = children.start(nginx, ['-e', 'stderr', '-c', config]);
  await untilListening(port, child);
  return port;
}

async function startOwn(children: Children, root: string): Promise<number> {
  const child = children.start(process.execPath, [ownProgram('origin'), root], { name: 'origin' });
  return Number((await child.waitFor(/listening at \S+:(\d+)/))[1]);
}

/** One process without a log, which keeps connections for ever. */
function nginxConfig(dir: string, root: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
master_process off;
pid ${dir}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  ${temporary.map((name) => `${name}_temp_path ${dir}/nginx-${name};`).join('\n  ')}
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  open_file_cache max=100;
  types { application/json json; }
  default_type application/octet-stream;
  server { listen 127.0.0.1:${port} backlog=4096; root ${root}; }
}
`;
}

/** JSON of 1.1 KB like that of an API, the same in each run. */
function answer(): string {
  const item = (id: number) => ({
    id,
    name: `item ${id}`,
    price: id * 3.5,
    inStock: id % 2 === 0,
    tags: ['a', 'b', 'c'],
  });
  return JSON.stringify({ page: 1, total: 14, items: Array.from({ length: 14 }, (_, index) => item(index + 1)) });
}

/** Random bytes, which nothing on the way can make smaller. */
function writeRandom(path: string, size: number): void {
  const block = randomFillSync(Buffer.allocUnsafe(MIB));
  const file = openSync(path, 'w');
  try {
    for (let left = size; left > 0; left -= MIB) writeSync(file, block, 0, Math.min(left, MIB));
  } finally {
    closeSync(file);
  }
}
