import { randomUUID } from 'node:crypto';
import { BoundedMap } from '../../../flow/bounded-map.js';
import type { Fields } from '../../json/fields.js';
import { type Moments, numberOf } from './har-time.js';
import type { Members } from './message-members.js';
import { scalarText } from './read-headers.js';

/** Maximum number of remembered connections. */
const REMEMBERED = 8192;

export interface ForeignConnection {
  /** The server's connection in the form of JSON Lines. */
  members: Members;
  /** Whether an earlier entry used the connection. */
  reused: boolean;
}

/** The server connections of a foreign HAR, distinguished by `connection` and `serverIPAddress`. */
export class ForeignConnections {
  private readonly known = new BoundedMap<string, Members>(REMEMBERED);

  of(entry: Fields, { connectBegun, connected }: Moments, target: Members): ForeignConnection {
    const connection = scalarText(entry.any('connection'));
    const address = scalarText(entry.any('serverIPAddress'));
    const took = numberOf(entry.object('timings')?.any('connect')) ?? -1;
    if (!connection && !address) {
      const isNew = connected !== undefined && took > 0;
      return { members: isNew ? opened(connectBegun, connected) : { timestampStart: 0 }, reused: !isNew };
    }
    const key = `${target.host}:${target.port}\0${address ?? ''}\0${connection ?? ''}`;
    const before = this.known.get(key);
    if (before && took <= 0) return { members: before, reused: true };
    const members = opened(connectBegun, connected ?? connectBegun);
    this.known.set(key, members);
    return { members, reused: connected === undefined };
  }
}

function opened(timestampStart: number, timestampTcpSetup: number): Members {
  return { id: randomUUID(), timestampStart, timestampTcpSetup };
}
