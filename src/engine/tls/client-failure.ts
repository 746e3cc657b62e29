import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client/client-context.js';
import type { TlsTarget } from '../client/passthrough/distrust-cache.js';
import type { Channel } from '../net/channel.js';
import { ALERTS, fatalAlert } from '../net/tls-record.js';
import { LeftEarlyError } from './client-handshakes.js';
import type { ClientHelloError } from './client-hello/client-hello.js';
import { distrustAlert, handshakeErrorText } from './tls-errors.js';

const ENDED = { kind: 'ended' } as const;

/**
 * Refuses a client without a usable ClientHello: sends an alert if it sent an invalid one, and closes the connection.
 */
export function refuseClientHello(
  context: ClientContext,
  channel: Channel,
  server: ServerConnection,
  hello: ClientHelloError | undefined,
): typeof ENDED {
  const { log } = context.services;
  if (hello) {
    log.warn(`Client TLS handshake failed. ${hello.message}.`, context.client);
    const isOld = hello.code === 'ssl3' || hello.code === 'ssl2';
    channel.stream.write(fatalAlert(isOld ? ALERTS.protocolVersion : ALERTS.decodeError));
  } else log.info('Client TLS handshake failed. The client sent no complete ClientHello.', context.client);
  return failed(context, channel, server, hello?.message ?? 'no ClientHello');
}

/** Reports a client that aborted the handshake. */
export function reportClientFailure(
  context: ClientContext,
  channel: Channel,
  server: ServerConnection,
  target: TlsTarget,
  error: Error,
): typeof ENDED {
  const { log, distrust } = context.services;
  const { host } = target;
  const alert = distrustAlert(error);
  const isRejection =
    (alert !== undefined || isClosed(error)) &&
    distrust.note(context.client, target, alert !== undefined, ageOf(context));
  if (alert) log.warn(distrustText(host, alert), context.client);
  else if (error instanceof LeftEarlyError) {
    log.info(`Client TLS handshake failed. The client left before it got a certificate for ${host}.`, context.client);
  } else if (isClosed(error)) {
    const hint = isRejection ? '; if that happens every time, it may not trust the certificate' : '';
    log.info(
      `Client TLS handshake failed. The client closed the connection for ${host} during the handshake${hint}.`,
      context.client,
    );
  } else log.warn(`Client TLS handshake for ${host} failed: ${handshakeErrorText(error)}.`, context.client);
  return failed(context, channel, server, error.message);
}

/** A TLS 1.3 client may reject our certificate after its handshake is complete. */
export function watchForLateDistrust(context: ClientContext, stream: TLSSocket, target: TlsTarget): void {
  stream.on('error', (error) => {
    const distrust = distrustAlert(error);
    if (!distrust) return;
    context.services.log.warn(distrustText(target.host, distrust), context.client);
    context.services.distrust.note(context.client, target, true, ageOf(context));
  });
}

/**
 * Detects clients that check the certificate after the handshake, and close the connection instead of sending an alert.
 * @param stream the decrypted stream of the TLS connection
 * @param serve resolves when the connection has ended; true if the client has used it
 */
export async function noticeSilence(
  context: ClientContext,
  target: TlsTarget,
  stream: Duplex & { readonly bytesRead?: number },
  serve: () => Promise<boolean>,
): Promise<void> {
  const { services, client } = context;
  const spoke = (): boolean => (stream.bytesRead ?? 0) > 0;
  const connection = services.distrust.opened(client, target, ageOf(context), spoke);
  // The client may end its side and still be served.
  stream.once('end', connection.clientEnded);
  try {
    if ((await serve()) || spoke()) connection.used();
    else if (!context.closing && connection.closedSilently()) {
      services.log.info(
        `The client closed the connection for ${target.host} after the handshake without sending anything; if that happens every time, it may not trust the certificate.`,
        client,
      );
    }
  } finally {
    connection.ended();
  }
}

function distrustText(host: string, alertName: string): string {
  return `The client does not trust the proxy's certificate for ${host} (${alertName}). Install the CA on the client: see http://mitm.it/ through this proxy.`;
}

/** Milliseconds since the client connected. */
function ageOf({ clock }: ClientContext): number {
  return (clock.now() - clock.start) * 1000;
}

function isClosed(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE' || /closed the connection|socket hang up/i.test(error.message);
}

function failed(context: ClientContext, channel: Channel, server: ServerConnection, reason: string): typeof ENDED {
  const { client, services } = context;
  client.error = reason;
  void services.hooks.emit('tlsFailedClient', { client, server });
  channel.destroySoon();
  return ENDED;
}
