import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { folder } from '../../support/folder.js';
import { freePort } from '../../support/free-port.js';

/** Time limit for its start, in milliseconds. */
const PATIENCE = 60_000;

/** A mitmdump for a test; it must be installed. */
export interface Mitmdump {
  port: number;
  /** The CA certificate that its clients must trust. */
  ca: string;
  /** Ends it by the signal of ^C, so that it completes its output. */
  stop: () => Promise<void>;
}

/** Starts it on a free port until the end of the test. @param program instead of the system's mitmdump */
export async function startMitmdump(t: Test, args: readonly string[], program = 'mitmdump'): Promise<Mitmdump> {
  const confdir = folder(t);
  const port = await freePort();
  const all = ['-q', '--listen-host', '127.0.0.1', '-p', String(port), '--set', `confdir=${confdir}`, ...args];
  const env = { PATH: process.env.PATH, HOME: confdir };
  const child = spawn(program, all, { stdio: 'ignore', env });
  const ended = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  t.teardown(() => end('SIGKILL'));
  await listens(port);
  return { port, ca: join(confdir, 'mitmproxy-ca-cert.pem'), stop: () => end('SIGINT') };
}

async function listens(port: number): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; !(await accepts(port)); ) {
    if (Date.now() > deadline) throw new Error(`mitmdump does not listen at ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
