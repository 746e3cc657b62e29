import type { HostRules, HostTest } from '../../engine/client/passthrough/passthrough.js';
import { placeOf, type ResolvedOptions } from '../options/resolve.js';
import type { OptionName } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';

/** The compiled passthrough options; undefined without any. @throws UsageError */
export async function compileHostRules(resolved: ResolvedOptions): Promise<HostRules | undefined> {
  const { allowHosts, ignoreHosts, tcpHosts } = resolved.values;
  if (allowHosts.length + ignoreHosts.length + tcpHosts.length === 0) return undefined;
  const { compileHostPattern, HostPatternError } = await import('./host-pattern.js');
  return {
    allow: compile('allow_hosts', allowHosts),
    ignore: compile('ignore_hosts', ignoreHosts),
    tcp: compile('tcp_hosts', tcpHosts),
  };

  function compile(option: OptionName, patterns: readonly string[]): HostTest | undefined {
    if (patterns.length === 0) return undefined;
    const tests = patterns.map((pattern) => {
      try {
        return compileHostPattern(pattern);
      } catch (error) {
        if (!(error instanceof HostPatternError)) throw error;
        throw new UsageError(`${placeOf(resolved, option, pattern)}: ${error.message}`, 'option-value');
      }
    });
    return (host) => tests.some((test) => test(host));
  }
}
