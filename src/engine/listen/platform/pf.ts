import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';
import { unmapped } from '../../../flow/text/ip-address.js';
import { ListenError } from '../../errors.js';
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

/**
 * Finds the original destination of a client's connection in the output of `pfctl -s state`. For a connection that was
 * redirected to 127.0.0.1:8080 it contains one of these lines:
 *
 *     macOS    ALL tcp 127.0.0.1:8080 <- 93.184.216.34:80 <- 192.168.1.13:57474       ESTABLISHED:ESTABLISHED
 *     FreeBSD  em0 tcp 127.0.0.1:8080 (93.184.216.34:80) <- 192.168.1.13:57474       ESTABLISHED:ESTABLISHED
 *
 * and this line for the client's own side (it has the destination too, but may belong to an earlier connection):
 *
 *     ALL tcp 192.168.1.13:57474 -> 93.184.216.34:80       ESTABLISHED:ESTABLISHED
 *
 * IPv6 is written `2001:db8::1[80]`.
 */
export function findDestination(states: string, client: Address): Address | undefined {
  const wanted = client[0].includes(':') ? `${client[0]}[${client[1]}]` : `${client[0]}:${client[1]}`;
  let plain: Address | undefined;
  for (let at = states.indexOf(wanted); at >= 0; at = states.indexOf(wanted, at + 1)) {
    const state = parseState(lineAt(states, at));
    if (!state || state.over) continue;
    const { ends, inbound } = state;
    const destination = inbound ? ends.at(-2) : ends.at(-1);
    const sources = inbound ? ends.slice(-1) : ends.slice(0, -1);
    if (destination === undefined || !sources.includes(wanted)) continue;
    if (inbound && ends.length > 2) return parseEnd(destination);
    plain ??= parseEnd(destination);
  }
  return plain;
}

interface State {
  /** In the line's order, without parentheses. */
  ends: string[];
  /** Whether the arrows point to the left. */
  inbound: boolean;
  over: boolean;
}

/** Parses a line; undefined unless it describes a TCP connection. */
function parseState(line: string): State | undefined {
  const [, protocol, ...columns] = line.trim().split(/\s+/);
  const phase = columns.pop();
  if (protocol !== 'tcp' || phase === undefined) return undefined;
  const ends = columns.filter((column) => !ARROWS.has(column)).map((end) => end.replace(/^\((.*)\)$/, '$1'));
  return { ends, inbound: columns.includes('<-'), over: /TIME_WAIT|CLOSED/.test(phase) };
}

const ARROWS = new Set(['<-', '->']);

/** `192.0.2.1:80` or `2001:db8::1[80]` */
function parseEnd(end: string): Address | undefined {
  const parts = /^([\d.]+):(\d+)$/.exec(end) ?? /^([^[\]]+)\[(\d+)\]$/.exec(end);
  return parts ? [parts[1]!, Number(parts[2])] : undefined;
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? text.length : end);
}
