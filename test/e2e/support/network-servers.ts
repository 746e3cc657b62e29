import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { testAuthority } from '../../engine/tls/support.js';
import { folder, write } from '../../support/folder.js';
import { type Identity, identity } from '../../support/identity.js';
import type { Network } from './network.js';

/** Names in the servers' certificates, by the requested server name; `''` is for clients without SNI. */
const NAMES = { '': 'default.example', 'one.example': 'one.example', 'two.example': 'two.example' } as const;

/** Input file of the program. */
export interface ServersConfig {
  /** By requested server name. */
  identities: Record<string, Identity>;
}

/**
 * Starts servers on all addresses of a network's `server`, until the end of the test.
 * @returns a file with the certificate of the authority to trust for them
 */
export async function startServers(t: Test, network: Network): Promise<string> {
  const authority = testAuthority();
  const identities = Object.fromEntries(
    Object.entries(NAMES).map(([asked, name]) => [asked, identity(authority, [name])]),
  );
  const dir = folder(t);
  const config: ServersConfig = { identities };
  const file = write(join(dir, 'servers.json'), JSON.stringify(config));
  const [command, ...args] = network.command('server', ['env', '-u', 'NODE_OPTIONS', process.execPath, PROGRAM, file]);
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('The servers did not start'))),
  ]);
  return write(join(dir, 'servers.pem'), authority.certificatePem);
}

const PROGRAM = fileURLToPath(new URL('network-servers-program.js', import.meta.url));

/** Ports of the program below. */
export const PORTS = {
  http: 80,
  /** HTTP on an unusual port. */
  oddHttp: 8000,
  https: 443,
  /** TLS on an unusual port. */
  oddHttps: 9443,
  /** Echo server. */
  echo: 7,
  /** Server that speaks first: a greeting, then echo. */
  greeter: 2525,
  /** A closed port. */
  closed: 9,
} as const;

export const GREETING = '220 ready\r\n';
export const LARGE = 8_000_000;
