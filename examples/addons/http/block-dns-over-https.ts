// Blocks DNS over HTTPS (RFC 8484), so that clients fall back to the resolver of the network.
//   tsdump -s block-dns-over-https.ts --set doh_host=dns.example
import type { HttpFlow, LoadContext, Log } from 'tsdump';

const HOSTS = ['cloudflare-dns.com', 'dns.google', 'dns.quad9.net', 'doh.opendns.com', 'mozilla.cloudflare-dns.com'];
let hosts: Set<string>;
let log: Log;

export function load(context: LoadContext): void {
  log = context.log;
  const more = context.addOption('doh_host', {
    type: 'sequence of str',
    help: 'Additional DNS-over-HTTPS servers to block.',
  });
  hosts = new Set([...HOSTS, ...more]);
}

export function requestHeaders(flow: HttpFlow): void {
  const { request } = flow;
  const types = `${request.headers.get('accept')} ${request.headers.get('content-type')}`;
  const isQuery =
    types.includes('application/dns-message') ||
    types.includes('application/dns-json') ||
    (request.pathSegments[0] === 'dns-query' && (request.query.has('dns') || request.query.has('name')));
  if (!isQuery && !hosts.has(request.prettyHost)) return;
  log.warn(`DNS over HTTPS was blocked: ${request.prettyHost}`);
  flow.kill();
}
