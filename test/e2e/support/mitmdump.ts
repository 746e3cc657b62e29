import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { folder } from '../../support/folder.js';

/** Milliseconds that it may take to begin. */
const PATIENCE = 60_000;

/** A mitmdump of the test, which needs it installed. */
export interface Mitmdump {
  port: number;
  /** Certificate that its clients have to trust. */
  ca: string;
}

/** Starts it at a free port until the end of the test. */
export async function startMitmdump(t: Test, args: readonly string[]): Promise<Mitmdump> {
  const confdir = folder(t);
  const port = await freePort();
  const all = ['-q', '--listen-host', '127.0.0.1', '-p', String(port), '--set', `confdir=${confdir}`, ...args];
  const child = spawn('env', ['-u', 'NODE_OPTIONS', 'mitmdump', ...all], { stdio: 'ignore' });
  t.teardown(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  await listens(port);
  return { port, ca: join(confdir, 'mitmproxy-ca-cert.pem') };
}

/** It does not tell which port it took, so one is looked for. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<void> {
  const { connect } = await import('node:net');
  for (const deadline = Date.now() + PATIENCE; ; ) {
    const socket = connect(port, '127.0.0.1');
    const [up] = await Promise.race([
      once(socket, 'connect').then(() => [true]),
      once(socket, 'error').then(
        () => [false],
        () => [false],
      ),
    ]).catch(() => [false]);
    socket.destroy();
    if (up) return;
    if (Date.now() > deadline) throw new Error(`mitmdump does not listen at ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
