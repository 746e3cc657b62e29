import { isIP } from 'node:net';
import type { ProxyAccess } from './proxy-access.js';
import { TRUST_STORE_PASSWORD, type TrustFiles } from './trust-files.js';

/**
 * The value of `JAVA_TOOL_OPTIONS`, which every Java program reads.
 * @param before the user's value, without the properties that are set here
 */
export function javaOptions(before: string | undefined, proxy: ProxyAccess | undefined, files: TrustFiles): string {
  const properties = {
    'javax.net.ssl.trustStore': files.javaTrustStore(),
    'javax.net.ssl.trustStoreType': 'JKS',
    'javax.net.ssl.trustStorePassword': TRUST_STORE_PASSWORD,
    ...(proxy ? proxyProperties(proxy) : {}),
  };
  const names = Object.keys(properties);
  const kept = words(before ?? '').filter((word) => !names.some((name) => word.startsWith(`-D${name}=`)));
  const own = Object.entries(properties).map(([name, value]) => quoted(`-D${name}=${value}`));
  return [...kept, ...own].join(' ');
}

function proxyProperties({ address: [host, port], http, noProxy }: ProxyAccess): Record<string, string | number> {
  if (http === undefined) return { socksProxyHost: host, socksProxyPort: port, socksNonProxyHosts: patterns(noProxy) };
  return {
    'http.proxyHost': host,
    'http.proxyPort': port,
    'https.proxyHost': host,
    'https.proxyPort': port,
    // Applies to https, too. By default, Java bypasses the proxy for this machine.
    'http.nonProxyHosts': patterns(noProxy),
  };
}

/** Converts to Java's patterns, which match names only, not networks or ports. */
function patterns(noProxy: string): string {
  const hosts = noProxy.split(/[\s,]+/).filter((host) => host !== '' && !host.includes('/'));
  return hosts.flatMap((host) => (isIP(host) || host === '*' ? host : nameAndBelow(host))).join('|');
}

function nameAndBelow(host: string): string[] {
  const name = host.replace(/^\*?\./, '').replace(/:\d+$/, '');
  return [name, `*.${name}`];
}

/** Splits at white space outside of quotes, as Java does. */
function words(text: string): string[] {
  return text.match(/(?:[^\s'"]|'[^']*'|"[^"]*"|['"])+/g) ?? [];
}

function quoted(word: string): string {
  if (!/[\s'"]/.test(word)) return word;
  return word.includes("'") ? `"${word}"` : `'${word}'`;
}
