import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PEERS, type Peer } from '../row.js';
import { certificateAuthority } from './certificate.js';
import type { Child, Children } from './children.js';
import { findProgram } from './programs.js';

/** The installed peers, and the CA of those that do not make one. */
export interface Peers {
  /** The command line of each peer; it takes a port, the path of the capture, and the paths of the CA's certificate and key. */
  readonly commands: ReadonlyMap<Peer, readonly [string, ...string[]]>;
  /** Paths of certificate and key of a CA, as PEM. */
  readonly authority: readonly string[];
  /** Why peers are missing. */
  readonly notes: readonly string[];
}

export const NO_PEERS: Peers = { commands: new Map(), authority: [], notes: [] };

interface Recipe {
  /** The program that installs it. */
  installer: string;
  install: readonly string[];
  /** The command line, relative to the folder of the peer. */
  command: readonly [string, ...string[]];
}

const NODE_RECIPE: Recipe = {
  installer: 'npm',
  install: ['install', '--silent', '--no-package-lock', '--no-audit', '--no-fund'],
  command: [process.execPath, 'recorder.mjs'],
};

const RECIPES: Readonly<Record<Peer, Recipe>> = {
  goproxy: {
    installer: 'go',
    install: ['build', '-mod=mod', '-o', 'recorder', '.'],
    command: ['recorder'],
  },
  hudsucker: {
    installer: 'cargo',
    install: ['build', '--release', '--quiet'],
    command: ['target/release/recorder'],
  },
  mockttp: NODE_RECIPE,
  'http-mitm-proxy': NODE_RECIPE,
};

/** The recorders, and the folder in which they are built. */
const SOURCES = fileURLToPath(new URL('../../../bench/peers', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../.cache/bench-peers', import.meta.url));
/** Seconds for downloading and compiling a peer. */
const PATIENCE = 1800;

/** Installs the peers by the ordinary clients of their registries. One that cannot be installed is left out, with a note. */
export async function installPeers(children: Children, dir: string, progress: (text: string) => void): Promise<Peers> {
  const commands = new Map<Peer, readonly [string, ...string[]]>();
  const notes: string[] = [];
  for (const peer of PEERS) {
    const { installer, install, command } = RECIPES[peer];
    const program = findProgram(installer);
    if (!program) {
      notes.push(`${peer}: ${installer} is not installed.`);
      continue;
    }
    const folder = join(BUILT, peer);
    mkdirSync(folder, { recursive: true });
    cpSync(join(SOURCES, peer), folder, { recursive: true });
    progress(`installing ${peer}`);
    try {
      await children.run(program, install, { name: installer, cwd: folder, timeout: PATIENCE });
    } catch (error) {
      notes.push(`${peer} could not be installed: ${(error as Error).message.split('\n', 1)[0]}`);
      continue;
    }
    commands.set(peer, runIn(folder, command));
  }
  const { key, certificate } = certificateAuthority();
  const authority = [join(dir, 'peers-ca.pem'), join(dir, 'peers-ca.key')];
  writeFileSync(authority[0]!, certificate);
  writeFileSync(authority[1]!, key);
  return { commands, authority, notes };
}

/** Starts a peer, which says on stderr where it listens. @param capture path of its capture */
export function startPeer(children: Children, peers: Peers, peer: Peer, port: number, capture: string): Child {
  const [command, ...args] = peers.commands.get(peer)!;
  return children.start(command, [...args, String(port), capture, ...peers.authority], { name: peer });
}

function runIn(folder: string, [command, ...args]: readonly [string, ...string[]]): readonly [string, ...string[]] {
  if (command === process.execPath) return [command, ...args.map((file) => join(folder, file))];
  return [join(folder, command), ...args];
}
