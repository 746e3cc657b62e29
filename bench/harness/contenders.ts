import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, type Contender, PEERS, type Settings } from '../row.js';
import type { Child } from './children.js';
import { startPeer } from './peers.js';
import { freePort, untilListening } from './ports.js';
import { cleanEnvironment, ownProgram } from './programs.js';

/** A contender that is running and listening. */
export interface Running {
  readonly contender: Contender;
  readonly port: number;
  /** Undefined for `direct`, which is the origin itself. */
  readonly child: Child | undefined;
  /** Path of its capture, if it records. */
  readonly capture: string | undefined;
  /** Shuts it down gracefully, so that it completes its capture. @throws Error if it fails */
  stop(): Promise<void>;
  /** Ends it and removes its capture. */
  discard(): Promise<void>;
}

export interface How {
  /** A module that is preloaded into tsdump, with a pipe as file descriptor 3. */
  preload?: string;
  /** Whether certificates of servers are not verified. */
  insecure?: boolean;
  /** The port of the relay's server, by default that of the origin. */
  target?: number;
  /** More flags for tsdump, or mitmdump. */
  args?: readonly string[];
}

/**
 * Starts a contender with default settings; the terminal output of tsdump and mitmdump goes to `/dev/null`.
 */
export async function startContender(bench: Bench, contender: Contender, how: How = {}): Promise<Running> {
  const { preload, insecure, target = bench.origin.port, args: more = [] } = how;
  if (contender === 'direct') return running(contender, bench.origin.port, undefined, undefined);
  if (contender === 'relay') {
    const child = bench.children.start(process.execPath, [ownProgram('../relay'), String(target)], {
      name: contender,
    });
    return running(contender, await portOf(child), child, undefined);
  }
  const capture = contender === 'tsdump' ? undefined : temporary(bench, 'capture');
  if (contender === 'mitmdump') return startMitmdump(bench, capture!, insecure, more);
  const peer = PEERS.find((one) => one === contender);
  if (peer) {
    const child = startPeer(bench.children, bench.peers, peer, await freePort(), capture!);
    return running(contender, await portOf(child), child, capture);
  }
  const [command, ...first] = tsdumpCommand(bench, preload ? ['--import', preload] : []);
  const args = [...first, '-p', '0', ...(insecure ? ['-k'] : []), ...(capture ? ['-w', capture] : []), ...more];
  const child = bench.children.start(command, args, {
    name: contender,
    env: environment(bench),
    stdio: preload ? ['ignore', 'ignore', 'pipe', 'pipe'] : ['ignore', 'ignore', 'pipe'],
  });
  return running(contender, await portOf(child), child, capture);
}

/** The contenders of a row that were selected and are installed. */
export function available<Wanted extends Contender>(bench: Bench, wanted: readonly Wanted[]): Wanted[] {
  if (bench.comparing) return wanted.filter((contender) => contender === 'tsdump -w');
  return wanted.filter((contender) => {
    if (contender === 'mitmdump') return bench.mitmdump !== undefined;
    const peer = PEERS.find((one) => one === contender);
    return !peer || bench.peers.commands.has(peer);
  });
}

/** The command line of the measured tsdump, with arguments for Node. */
export function tsdumpCommand(bench: Settings, nodeArgs: readonly string[] = []): [string, ...string[]] {
  return pinned(bench, [process.execPath, ...nodeArgs, bench.tsdump]);
}

/** A command line that runs on the processor of the contenders. */
export function pinned({ pin }: Settings, command: [string, ...string[]]): [string, ...string[]] {
  const [taskset, ...options] = pin;
  return taskset === undefined ? command : [taskset, ...options, ...command];
}

/** Environment of tsdump and mitmdump, with a separate home folder, so that the user's settings have no effect. */
export function environment(bench: Bench): NodeJS.ProcessEnv {
  const home = join(bench.dir, 'home');
  mkdirSync(home, { recursive: true });
  return cleanEnvironment(home);
}

/** A new path in the folder of the run. */
export function temporary(bench: Bench, name: string): string {
  return join(bench.dir, `${name}-${process.hrtime.bigint()}`);
}

async function startMitmdump(
  bench: Bench,
  capture: string,
  insecure = false,
  more: readonly string[] = [],
): Promise<Running> {
  const port = await freePort();
  const args = ['--listen-host', '127.0.0.1', '-p', String(port), '-w', capture, ...(insecure ? ['-k'] : []), ...more];
  const child = bench.children.start(bench.mitmdump!, args, { name: 'mitmdump', env: environment(bench) });
  await untilListening(port, child, 60);
  return running('mitmdump', port, child, capture);
}

async function portOf(child: Child): Promise<number> {
  return Number((await child.waitFor(/listening at \S+:(\d+)/))[1]);
}

function running(contender: Contender, port: number, child: Child | undefined, capture: string | undefined): Running {
  const stop = async () => {
    const exit = await child?.stop();
    if (child && contender.startsWith('tsdump') && exit?.code !== 0) {
      throw new Error(`${contender} ended with ${exit?.signal ?? exit?.code}: ${child.stderr.trim()}`);
    }
  };
  const discard = async () => {
    await child?.stop('SIGKILL');
    if (capture) rmSync(capture, { force: true });
  };
  return { contender, port, child, capture, stop, discard };
}
