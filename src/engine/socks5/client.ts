import type { Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';
import type { Credentials } from '../../flow/hooks.js';
import { formatHostPort } from '../../flow/http/authority.js';
import { UpstreamError } from '../errors.js';
import {
  Command,
  Method,
  readMethod,
  readReply,
  readVerdict,
  replyText,
  writeCredentials,
  writeGreeting,
  writeRequest,
} from './messages.js';

/** Reads one message from the proxy. */
type Ask = <Message extends { end: number }>(read: (bytes: Buffer) => Message | undefined) => Promise<Message>;

/**
 * Asks a SOCKS 5 proxy for a connection (RFC 1928, RFC 1929). Names are resolved by the proxy.
 * @param proxy its name in messages
 * @throws UpstreamError if it refuses, and whatever `ask` throws
 */
export async function socks5Connect(
  stream: Socket,
  ask: Ask,
  target: Address,
  credentials: Credentials | undefined,
  proxy: string,
): Promise<void> {
  stream.write(writeGreeting(credentials ? [Method.none, Method.password] : [Method.none]));
  const { method } = await ask(readMethod);
  if (method === Method.password && credentials) {
    stream.write(writeCredentials(credentials));
    const { accepted } = await ask(readVerdict);
    if (!accepted)
      throw new UpstreamError(
        `${proxy} does not accept the user and the password.`,
        502,
        undefined,
        'upstream-proxy-refused',
      );
  } else if (method !== Method.none) {
    const hint = credentials ? '' : '; it may ask for a user and a password (upstream_auth)';
    throw new UpstreamError(
      `${proxy} accepts no way to say who we are that tsdump knows${hint}.`,
      502,
      undefined,
      'upstream-proxy-refused',
    );
  }
  stream.write(writeRequest(Command.connect, target));
  const { reply } = await ask(readReply);
  if (reply !== 0)
    throw new UpstreamError(
      `${proxy} did not connect to ${formatHostPort(...target)}: ${replyText(reply)}.`,
      502,
      undefined,
      'upstream-proxy-refused',
    );
}
