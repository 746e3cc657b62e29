import type { Socket } from 'node:net';
import type { Clock } from '../../../flow/clock.js';
import { type Address, ServerConnection, type Via } from '../../../flow/connection.js';
import type { ErrorCode } from '../../../flow/error-codes.js';
import type { Credentials } from '../../../flow/hooks/hooks.js';
import { formatHostPort } from '../../../flow/http/authority.js';
import type { Headers } from '../../../flow/http/headers.js';
import { basicAuthorization } from '../../client/basic-auth.js';
import type { ClientContext } from '../../client/client-context.js';
import { ProtocolError, UpstreamError } from '../../errors.js';
import { NoMessageError, readMessage } from '../../net/read-message.js';
import { AddressTypeError } from '../../socks5/address.js';
import { socks5Connect } from '../../socks5/client.js';
import { SocksError } from '../../socks5/messages.js';
import { handshakeFor } from '../../tls/upstream/server-handshake.js';
import { startTls } from '../../tls/upstream/start-tls.js';
import { checkPermit } from '../permit.js';
import { type ForwardingProxy, ServerChannel } from '../server-channel.js';
import { credentialsHint } from './credentials-hint.js';
import { connectAnswerReader, connectRequest } from './http-connect.js';
import { chosenCredentials } from './upstream-proxy.js';
import { whileClientStays } from './while-client-stays.js';

/** A connection to an upstream proxy: a tunnel to the server, or the proxy itself, which forwards requests. */
export interface ParentChannel {
  readonly stream: Socket;
  readonly forwarder?: ForwardingProxy;
}

/**
 * Continues from a TCP connection to the proxy `server.via`.
 * @param takesForwarder whether a forwarding proxy may be used without a tunnel
 * @throws UpstreamError with the reason, ClientGoneError; the connection is closed then
 */
export async function throughUpstreamProxy(
  context: ClientContext,
  server: ServerConnection,
  raw: Socket,
  clock: Clock,
  takesForwarder: boolean,
): Promise<ParentChannel> {
  const via = server.via!;
  return whileClientStays(context, raw, async () => {
    const stream = via.scheme === 'https' ? await secure(context, raw, via, clock) : raw;
    const credentials = chosenCredentials(via) ?? context.upstreamProxy?.credentialsFor(via);
    const authorization = credentials && basicAuthorization(credentials);
    if (via.scheme !== 'socks5' && takesForwarder) return { stream, forwarder: { authorization } };
    // Addons may have changed the address while the connection to the proxy was opened.
    checkPermit(context, server);
    await tunnel(context, server, stream, credentials);
    return { stream };
  });
}

/** TLS with the proxy. Its certificate is verified like that of a server. */
async function secure(context: ClientContext, raw: Socket, via: Via, clock: Clock): Promise<Socket> {
  const proxy = new ServerConnection();
  proxy.address = via.address;
  proxy.peer = [raw.remoteAddress ?? via.address[0], raw.remotePort ?? via.address[1]];
  proxy.local = [raw.localAddress ?? '', raw.localPort ?? 0];
  proxy.timestampStart = clock.start;
  const channel = new ServerChannel(raw, raw, proxy, clock);
  try {
    const { stream } = await startTls(context, channel, handshakeFor(via.address[0]));
    return stream;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    throw new UpstreamError(
      `No TLS with the upstream proxy ${formatHostPort(...via.address)}: ${error.message}`,
      error.status,
      undefined,
      error.code as ErrorCode,
    );
  }
}

async function tunnel(
  context: ClientContext,
  server: ServerConnection,
  stream: Socket,
  credentials: Credentials | undefined,
): Promise<void> {
  const { options } = context.services;
  const via = server.via!;
  const target = server.address!;
  const name = `The upstream proxy ${formatHostPort(...via.address)}`;
  if (via.scheme === 'socks5') {
    return socks5Connect(stream, (read) => receive(context, stream, read, name), target, credentials, name);
  }
  const authorization = credentials && basicAuthorization(credentials);
  const request = connectRequest(target, authorization, options.httpConnectSendHostHeader);
  const advise = (headers: Headers): string => credentialsHint(headers, credentials !== undefined);
  return openTunnel(context, stream, { request, target, proxy: name, advise });
}

/** A CONNECT to be sent to a proxy. */
export interface ConnectRequest {
  /** The bytes of the request. */
  readonly request: Buffer;
  readonly target: Address;
  /** The name of the proxy in messages. */
  readonly proxy: string;
  /** Advice for a proxy that requires authentication, by the headers of its response. */
  readonly advise?: (headers: Headers) => string;
}

/** Sends a CONNECT to a proxy and waits until it is accepted. @throws UpstreamError with the reason */
export async function openTunnel(context: ClientContext, stream: Socket, connect: ConnectRequest): Promise<void> {
  const { request, target, proxy: name, advise } = connect;
  stream.write(request);
  const { statusCode, reason, headers } = await receive(context, stream, connectAnswerReader(), name);
  if (statusCode >= 200 && statusCode < 300) return;
  const hint = statusCode === 407 ? (advise?.(headers) ?? '') : '';
  throw new UpstreamError(
    `${name} refused CONNECT to ${formatHostPort(...target)}: ${statusCode}${reason && ` ${reason}`}.${hint}`,
    502,
    undefined,
    'upstream-proxy-refused',
  );
}

/** Reads one message from a proxy. */
async function receive<Message extends { end: number }>(
  { services: { deadlines, options } }: ClientContext,
  stream: Socket,
  read: (bytes: Buffer) => Message | undefined,
  name: string,
): Promise<Message> {
  try {
    return await readMessage(stream, deadlines.create(), options.connectTimeout, read);
  } catch (error) {
    throw asUpstreamError(error as Error, name);
  }
}

function asUpstreamError(error: Error, name: string): Error {
  if (error instanceof NoMessageError)
    return new UpstreamError(`${name} ${error.message}.`, error.timedOut ? 504 : 502);
  if (error instanceof ProtocolError) return new UpstreamError(`${name} did not answer in HTTP: ${error.message}`);
  if (error instanceof SocksError || error instanceof AddressTypeError) {
    return new UpstreamError(`${name} answered with ${error.message}.`);
  }
  return error;
}
