import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned } from './certificate.js';
import type { Children } from './children.js';
import { freePort, untilListening } from './ports.js';
import { findProgram, ownProgram } from './programs.js';

const MIB = 1024 * 1024;

/** Path of the small response: 1.1 KB of JSON. */
export const ANSWER = '/answer.json';
/** A path with a 404 response. */
export const MISSING = '/missing';

/** The origin server of all measurements. */
export interface Origin {
  /** Name of the program, for the header of the table. */
  readonly name: string;
  readonly port: number;
  /** Port of the same server over TLS, with a self-signed certificate. */
  readonly tlsPort: number;
  /** Serves a body of the given size. @returns its path */
  body(size: number): string;
}

/** Starts nginx, or `programs/origin.ts` if it is not installed. */
export async function startOrigin(children: Children, dir: string): Promise<Origin> {
  const root = join(dir, 'origin');
  mkdirSync(root);
  writeFileSync(join(root, ANSWER), answer());
  const nginx = findProgram('nginx');
  const pem = join(dir, 'origin.pem');
  writeFileSync(pem, selfSigned('localhost'), { mode: 0o600 });
  const { port, tlsPort } = nginx
    ? await startNginx(children, nginx, dir, root, pem)
    : await startOwn(children, root, pem);
  const body = (size: number) => {
    const path = join(root, `body-${size}`);
    if (!existsSync(path)) writeRandom(path, size);
    return `/body-${size}`;
  };
  return { name: nginx ? 'nginx' : 'a small server on node:net', port, tlsPort, body };
}

interface Ports {
  port: number;
  tlsPort: number;
}

async function startNginx(children: Children, nginx: string, dir: string, root: string, pem: string): Promise<Ports> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const config = join(dir, 'nginx.conf');
  writeFileSync(config, nginxConfig(dir, root, port, tlsPort, pem));
  const child = children.start(nginx, ['-e', 'stderr', '-c', config]);
  await untilListening(port, child);
  return { port, tlsPort };
}

async function startOwn(children: Children, root: string, pem: string): Promise<Ports> {
  const child = children.start(process.execPath, [ownProgram('origin'), root, pem], { name: 'origin' });
  const [, port, tlsPort] = await child.waitFor(/listening at \S+:(\d+) and with TLS at \S+:(\d+)/);
  return { port: Number(port), tlsPort: Number(tlsPort) };
}

/** Configuration of nginx: one process, no log, connections kept forever. */
function nginxConfig(dir: string, root: string, port: number, tlsPort: number, pem: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
master_process off;
pid ${dir}/nginx.pid;
error_log stderr crit;
events { worker_connections 20000; }
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
  ssl_certificate ${pem};
  ssl_certificate_key ${pem};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:origin:1m;
  server { listen 127.0.0.1:${port} backlog=4096; listen 127.0.0.1:${tlsPort} ssl backlog=4096; root ${root}; }
}
`;
}

/** 1.1 KB of JSON as from an API, the same in each run. */
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

/** Random bytes, which cannot be compressed. */
function writeRandom(path: string, size: number): void {
  const block = randomFillSync(Buffer.allocUnsafe(MIB));
  const file = openSync(path, 'w');
  try {
    for (let left = size; left > 0; left -= MIB) writeSync(file, block, 0, Math.min(left, MIB));
  } finally {
    closeSync(file);
  }
}
