import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './children.js';

/** A port of 127.0.0.1 that was free a moment ago, for programs that do not report their port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when the port accepts a connection. @throws Error if the program ends or takes longer than `seconds` */
export async function untilListening(port: number, child: Child, seconds = 30, pause = 2): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  let ended: Error | undefined;
  child.exited.then(
    () => {
      ended = new Error(`${child.name} ended before it listened: ${child.stderr.trim()}`);
    },
    (error: Error) => {
      ended = error;
    },
  );
  while (!(await accepts(port))) {
    if (ended) throw ended;
    if (performance.now() > deadline) throw new Error(`${child.name} did not listen within ${seconds} s`);
    await sleep(pause);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
