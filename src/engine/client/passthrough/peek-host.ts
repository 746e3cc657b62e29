import type { Duplex } from 'node:stream';
import { formatAuthority, formatHostPort, parseWireAuthority } from '../../../flow/http/authority.js';
import type { Deadline } from '../../net/deadlines.js';
import { readAvailable } from '../../net/read-available.js';
import { readUntil } from '../../net/read-until.js';

export interface PeekHostOptions {
  deadline: Deadline;
  /** For the head to come. */
  seconds: number;
  /** Bytes of the head that are waited for at most. */
  limit: number;
}

/**
 * Waits until the head of an HTTP/1 request has told its `Host`, or is over. All bytes are still to be read afterwards.
 * The socket must not be flowing, nor have listeners for data.
 * @returns undefined if there is none, or it does not come in time
 */
export async function peekHost(
  socket: Duplex,
  { deadline, seconds, limit }: PeekHostOptions,
): Promise<string | undefined> {
  let seen = 0;
  /** Where the line begins that has no end yet; there is no field before it. */
  let line = 0;
  const found = await readUntil(socket, deadline, seconds, () => {
    if (socket.readableLength > 0 && socket.readableLength === seen) return undefined;
    const bytes = readAvailable(socket);
    if (bytes === null) return undefined;
    // Put back at once: a stream that is empty when the peer ends it takes nothing back any more.
    socket.unshift(bytes);
    seen = bytes.length;
    const match = HOST_OR_END.exec(bytes.toString('latin1', line, limit));
    if (match) return { host: match[1] && lookedUp(match[1]) };
    if (seen >= limit) return { host: undefined };
    line = Math.max(line, bytes.lastIndexOf(LF));
    return undefined;
  });
  return typeof found === 'string' ? undefined : found.host;
}

const LF = 10;

/** The first `Host` field with a value, or the end of the head before there is one. */
const HOST_OR_END = /\n(?:host:[ \t]*([^\t-\r ]+)[ \t]*)?\r?\n/i;

/** The name as it is looked up, with the port if there is one; what is no name is left as it was sent. */
function lookedUp(authority: string): string {
  const where = parseWireAuthority(authority);
  if (!where) return authority;
  const { host, port } = where;
  return port === undefined ? formatAuthority(host, 80, 'http') : formatHostPort(host, port);
}
