// Stops intercepting TLS to servers whose clients rejected our certificate once, such as apps with pinned keys.
//   tsdump -s tls-passthrough.ts
import type { ClientHelloData, LoadContext, Log, ServerConnection, TlsData } from 'tsdump';

const pinned = new Set<string>();
let log: Log;

export function load(context: LoadContext): void {
  log = context.log;
}

export function tlsFailedClient({ client, server }: TlsData): void {
  if (pinned.has(keyOf(server))) return;
  pinned.add(keyOf(server));
  log.info(`${keyOf(server)} is not intercepted from now on: ${client.error}`);
}

export function clientHello(data: ClientHelloData): void {
  if (pinned.has(keyOf(data.server))) data.ignoreConnection = true;
}

function keyOf({ address }: ServerConnection): string {
  return address?.join(':') ?? '';
}
