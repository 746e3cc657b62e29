import { certificatesOf, nodeRoots, pemOf, systemRoots } from './certificates.js';
import { ROOT_VARIABLES } from './environment.js';

/**
 * The certificates that programs trust in this environment, but Node does not, in PEM form. tsdump verifies servers in place of
 * these programs: behind a proxy that intercepts TLS, only they know its CA.
 */
export function userRoots(environment: NodeJS.ProcessEnv): string[] {
  const files = ROOT_VARIABLES.flatMap((name) => environment[name] || []);
  const trusted = [systemRoots(), ...files.map(certificatesOf)].flatMap((found) => [...(found ?? [])]);
  const known = nodeRoots();
  const others = new Set(trusted.filter((certificate) => !known.has(certificate)));
  return others.size > 0 ? [pemOf(others)] : [];
}
