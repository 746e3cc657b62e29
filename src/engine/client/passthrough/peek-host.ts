import type { Duplex } from 'node:stream';
import { formatAuthority, formatHostPort, parseWireAuthority } from '../../../flow/http/authority.js';
import { LF } from '../../../flow/text/ascii.js';
import type { Deadline } from '../../net/deadlines.js';
import { readAvailable, readUntil } from '../../net/read-until.js';

export interface PeekHostOptions {
  deadline: Deadline;
  /** Time limit for the head. */
  seconds: number;
  /** Maximum size of the head in bytes. */
  limit: number;
}

/**
 * Waits for the `Host` field of an HTTP/1 request, or the end of its head, without consuming bytes. The socket must be paused
 * and have no `data` listeners.
 * @returns undefined if the head has no `Host`, or it does not arrive in time
 */
export async function peekHost(
  socket: Duplex,
  { deadline, seconds, limit }: PeekHostOptions,
): Promise<string | undefined> {
  let seen = 0;
  /** Start of the incomplete last line; no line before it is a `Host` field. */
  let line = 0;
  const found = await readUntil(socket, deadline, seconds, () => {
    if (socket.readableLength > 0 && socket.readableLength === seen) return undefined;
    const bytes = readAvailable(socket);
    if (bytes === null) return undefined;
    // Put back at once: a stream that is empty when the peer ends it refuses `unshift`.
    socket.unshift(bytes);
    seen = bytes.length;
    const match = HOST_OR_END.exec(bytes.toString('latin1', line, limit));
    if (match) return { host: match[1] && normaliseAuthority(match[1]) };
    if (seen >= limit) return { host: undefined };
    line = Math.max(line, bytes.lastIndexOf(LF));
    return undefined;
  });
  return typeof found === 'string' ? undefined : found.host;
}

/** The first `Host` field with a value, or the end of the head. */
const HOST_OR_END = /\n(?:host:[ \t]*([^\t-\r ]+)[ \t]*)?\r?\n/i;

/** The name in its resolvable form, with the port if it has one; an invalid authority is returned unchanged. */
function normaliseAuthority(authority: string): string {
  const where = parseWireAuthority(authority);
  if (!where) return authority;
  const { host, port } = where;
  return port === undefined ? formatAuthority(host, 80, 'http') : formatHostPort(host, port);
}
