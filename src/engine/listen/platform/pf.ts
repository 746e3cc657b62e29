import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';
import { unmapped } from '../../../flow/text/ip-address.js';
import { ListenError } from '../../errors.js';
import { findDestination } from './pf-states.js';
import type { Platform } from './platform.js';

/** Lists the states of the packet filter. @throws Error with the program's message */
export type ListStates = () => Promise<string>;

/**
 * macOS and FreeBSD: the packet filter knows the destinations before `rdr` rules, and `pfctl` lists them. Tested with
 * samples of its output, not on a live system.
 * @throws ListenError if the states cannot be listed
 */
export async function loadPf(listStates: ListStates = runPfctl): Promise<Platform> {
  try {
    await listStates();
  } catch (error) {
    throw new ListenError(`Transparent mode cannot list the states of the packet filter: ${(error as Error).message}`);
  }
  const states = new SharedRuns(listStates);
  return {
    prepare: () => [],
    originalDestination: async ({ remoteAddress, remotePort }: Socket): Promise<Address> => {
      if (remoteAddress === undefined || remotePort === undefined) throw new Error('the connection has closed already');
      const client: Address = [unmapped(remoteAddress), remotePort];
      const destination = findDestination(await states.next(), client);
      if (!destination) throw new Error('the packet filter has no state for the connection');
      return destination;
    },
  };
}

/**
 * Shares runs between concurrent callers: each caller gets a run that started after its call, and at most one run is
 * active.
 */
class SharedRuns {
  private running: Promise<unknown> = Promise.resolve();
  private waiting: Promise<string> | undefined;

  constructor(private readonly run: () => Promise<string>) {}

  next(): Promise<string> {
    if (this.waiting) return this.waiting;
    const start = (): Promise<string> => {
      this.waiting = undefined;
      const run = this.run();
      this.running = run;
      return run;
    };
    this.waiting = this.running.then(start, start);
    return this.waiting;
  }
}

/** Root needs no `sudo`, which FreeBSD does not include. */
function runPfctl(): Promise<string> {
  const pfctl = ['/sbin/pfctl', '-s', 'state'];
  const [program, ...args] = process.getuid?.() === 0 ? pfctl : ['sudo', '-n', ...pfctl];
  return new Promise((resolve, reject) => {
    execFile(program!, args, { maxBuffer: MAX_OUTPUT, timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const output = stderr.trim() || error.message;
      const hint = /password is required|not allowed|not in the sudoers/.test(output)
        ? ` A line in /etc/sudoers allows it: "${process.env.USER ?? 'USER'} ALL=(root) NOPASSWD: ${pfctl.join(' ')}".`
        : '';
      reject(new Error(`${output}.${hint}`));
    });
  });
}

/** Bytes; a state takes about a hundred. */
const MAX_OUTPUT = 256 * 1024 * 1024;
const PATIENCE_MS = 10_000;
