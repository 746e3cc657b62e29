// Distributes servers over several upstream proxies. Each server always uses the same one.
//   tsdump -s upstream-proxy.ts --set upstream_proxy=127.0.0.1:8081 --set upstream_proxy=127.0.0.1:8082
import type { LoadContext, ServerConnectionData } from 'tsdump';

let proxies: URL[];

export function load({ addOption }: LoadContext): void {
  const list = addOption('upstream_proxy', { type: 'sequence of str', help: 'Upstream proxies, as HOST:PORT.' });
  proxies = list.map((text) => new URL(`http://${text}`));
}

export function serverConnect({ server }: ServerConnectionData): void {
  const [host] = server.address!;
  if (host === 'localhost' || proxies.length === 0) return;
  const { hostname, port } = proxies[sum(host) % proxies.length]!;
  server.via = { scheme: 'http', address: [hostname, Number(port || 80)] };
}

function sum(text: string): number {
  return [...Buffer.from(text)].reduce((total, byte) => total + byte, 0);
}
