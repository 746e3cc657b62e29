import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listenerSpecs } from '../../engine/listen/listener-spec.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { UsageError } from '../process/exit-error.js';
import { openAuthority } from '../proxy/authority.js';
import { type Changes, environmentChanges } from './environment/environment.js';
import { checkAccess, proxyAccess } from './environment/proxy-access.js';
import { TrustFiles } from './environment/trust-files.js';
import { writeTo } from './run-folder.js';

type Shell = 'sh' | 'fish' | 'json' | 'github';

/**
 * The environment with which programs use a proxy that is started with these options. Its files are kept in `confdir`; a
 * missing CA is created.
 * @throws ExitError
 */
export async function printEnv({ values: options }: ResolvedOptions, environment: NodeJS.ProcessEnv): Promise<string> {
  if (options.ephemeralCa)
    throw new UsageError('--print-env needs a permanent CA: leave out --ephemeral-ca', 'option-conflict');
  checkAccess(options);
  const listeners = listenerSpecs(options);
  const access = proxyAccess(
    options,
    listeners.map(({ host, port }) => [host, port]),
  );
  if (!access)
    throw new UsageError('--print-env: programs cannot be configured to use a proxy in this mode', 'option-conflict');
  if (access.address[1] === 0)
    throw new UsageError('--print-env needs the port of the proxy: set --listen-port', 'option-requires');
  const { certificate } = await openAuthority(options);
  const folder = join(options.confdir, 'trust');
  return writeTo(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    return FORMATS[options.printEnv!](environmentChanges(environment, access, new TrustFiles(folder, certificate)));
  });
}

const FORMATS: Readonly<Record<Shell, (changes: Changes) => string>> = {
  sh: (changes) =>
    lines(changes, (name, value) =>
      value === undefined ? `unset ${name}` : `export ${name}='${value.replaceAll("'", "'\\''")}'`,
    ),
  fish: (changes) =>
    lines(changes, (name, value) =>
      value === undefined ? `set -e ${name}` : `set -gx ${name} '${value.replaceAll(/['\\]/g, '\\$&')}'`,
    ),
  json: (changes) => `${JSON.stringify(changes, (_, value) => value ?? null, 2)}\n`,
  // GitHub cannot remove a variable, and refuses NODE_OPTIONS.
  github: ({ NODE_OPTIONS: _, ...changes }) => lines(changes, (name, value) => `${name}=${value ?? ''}`),
};

function lines(changes: Changes, line: (name: string, value: string | undefined) => string): string {
  return Object.entries(changes)
    .map(([name, value]) => `${line(name, value)}\n`)
    .join('');
}
