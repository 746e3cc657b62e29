import type { Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';
import type { Credentials } from '../../flow/hooks/hooks.js';
import { formatHostPort } from '../../flow/http/authority.js';
import { UpstreamError } from '../errors.js';
import {
  Method,
  readMethod,
  readReply,
  readVerdict,
  replyText,
  SocksCommand,
  writeCredentials,
  writeGreeting,
  writeRequest,
} from './messages.js';

/** Reads one message from the proxy. */
type Receive = <Message extends { end: number }>(read: (bytes: Buffer) => Message | undefined) => Promise<Message>;

/**
 * Requests a connection from a SOCKS 5 proxy (RFC 1928, RFC 1929). The proxy resolves names.
 * @param proxy its name in messages
 * @throws UpstreamError if it refuses, and the errors of `receive`
 */
export async function socks5Connect(
  stream: Socket,
  receive: Receive,
  target: Address,
  credentials: Credentials | undefined,
  proxy: string,
): Promise<void> {
  stream.write(writeGreeting(credentials ? [Method.none, Method.password] : [Method.none]));
  const { method } = await receive(readMethod);
  if (method === Method.password && credentials) {
    stream.write(writeCredentials(credentials));
    const { accepted } = await receive(readVerdict);
    if (!accepted)
      throw new UpstreamError(
        `${proxy} rejected the user name and password.`,
        502,
        undefined,
        'upstream-proxy-refused',
      );
  } else if (method !== Method.none) {
    const hint = credentials ? '' : '; it may require a user name and a password (upstream_auth)';
    throw new UpstreamError(
      `${proxy} accepts no authentication method that tsdump supports${hint}.`,
      502,
      undefined,
      'upstream-proxy-refused',
    );
  }
  stream.write(writeRequest(SocksCommand.connect, target));
  const { reply } = await receive(readReply);
  if (reply !== 0)
    throw new UpstreamError(
      `${proxy} did not connect to ${formatHostPort(...target)}: ${replyText(reply)}.`,
      502,
      undefined,
      'upstream-proxy-refused',
    );
}
