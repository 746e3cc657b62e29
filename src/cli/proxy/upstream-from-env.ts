import { parseServerSpec, SpecPartError } from '../../engine/listen/server-spec.js';
import { NoProxy, NoProxyError } from '../../engine/upstream/dial/no-proxy.js';
import type { UpstreamProxy } from '../../engine/upstream/dial/upstream-proxy.js';
import type { Via } from '../../flow/connection.js';
import type { Credentials } from '../../flow/hooks/hooks.js';
import { UsageError } from '../process/exit-error.js';

/** Schemes of proxies, with their default ports. */
const RULES = {
  schemes: { http: 80, https: 443, socks5: 1080, socks5h: 1080 },
  defaultScheme: 'http',
  credentials: true,
} as const;

/**
 * The upstream proxy from the environment variables of curl: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in lower
 * case or else in upper case.
 * @param warn receives an entry of `no_proxy` that has no effect
 * @returns undefined without such a proxy
 * @throws UsageError for a proxy that cannot be used, without quoting it, because it may have a password
 */
export function upstreamFromEnvironment(
  environment: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): UpstreamProxy | undefined {
  const credentials = new Map<Via, Credentials | undefined>();
  const proxies = { http: proxyOf('http_proxy', 'all_proxy'), https: proxyOf('https_proxy', 'all_proxy') };
  if (!proxies.http && !proxies.https) return undefined;
  const direct = lenientNoProxy(variable('no_proxy')?.value ?? '', warn);
  return {
    select: ([host, port], scheme) => {
      if (direct.matches(host, port)) return undefined;
      // Some clients open a tunnel for plain HTTP as well.
      return proxies[scheme] ?? (port === 80 ? proxies.http : undefined);
    },
    credentialsFor: (via) => credentials.get(via),
  };

  function variable(name: string): { name: string; value: string } | undefined {
    for (const spelling of [name, name.toUpperCase()]) {
      const value = environment[spelling]?.trim();
      if (value) return { name: spelling, value };
    }
    return undefined;
  }

  function proxyOf(...names: string[]): Via | undefined {
    const found = names.map(variable).find((one) => one !== undefined);
    if (!found) return undefined;
    try {
      const { scheme, host, port, credentials: known } = parseServerSpec(found.value, RULES);
      const via: Via = { scheme: (scheme === 'socks5h' ? 'socks5' : scheme) as Via['scheme'], address: [host, port] };
      credentials.set(via, known);
      return via;
    } catch (error) {
      if (!(error instanceof SpecPartError)) throw error;
      throw new UsageError(`${found.name} does not name a proxy that tsdump can use: ${error.message}`, 'option-value');
    }
  }
}

/** Other programs ignore invalid entries, so one must not end the run. */
function lenientNoProxy(text: string, warn: (message: string) => void): NoProxy {
  const entries = text.split(/[\s,]+/).filter((entry) => {
    try {
      return new NoProxy([entry]) !== undefined;
    } catch (error) {
      if (!(error instanceof NoProxyError)) throw error;
      warn(`NO_PROXY: ignored ${error.message}.`);
      return false;
    }
  });
  return new NoProxy(entries);
}
