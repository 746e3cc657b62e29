import type { X509Certificate } from 'node:crypto';
import { environmentChanges } from './environment.js';
import type { ProxyAccess } from './proxy-access.js';
import { TrustFiles } from './trust-files.js';

/** `bin/tsdump` sets it in this form, which a user would not write. */
const OWN_THREADS = '016';

/** Variables that are for this process only: those of sd_notify(3). */
const OF_THIS_PROCESS = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];

/**
 * The environment of the command.
 * @param base ours
 * @param folder for files that it refers to
 */
export function commandEnvironment(
  base: NodeJS.ProcessEnv,
  proxy: ProxyAccess | undefined,
  folder: string,
  certificate: X509Certificate,
): NodeJS.ProcessEnv {
  const environment = { ...base };
  if (environment.UV_THREADPOOL_SIZE === OWN_THREADS) delete environment.UV_THREADPOOL_SIZE;
  for (const name of OF_THIS_PROCESS) delete environment[name];
  for (const [name, value] of Object.entries(environmentChanges(base, proxy, new TrustFiles(folder, certificate)))) {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}
