import type { TlsSession } from '../../../flow/connection.js';
import type { EncodingContext, ValueCodec } from '../schema/field.js';
import { SLOTS, slotOfId } from './connection-cache.js';
import type { MessagePackEncoder } from './msgpack-encoder.js';

/** The members of a client or server connection that the cache uses. */
interface Cacheable<Connection> {
  readonly id: string;
  readonly tls: TlsSession | undefined;
  clone(): Connection;
  isSame(other: Connection): boolean;
}

interface Entry<Connection> {
  id: string;
  /** The connection as it was encoded; undefined until its second flow. */
  connection: Connection | undefined;
  packed: Buffer | undefined;
}

/** Encodes connections, with a cache: the flows of one connection repeat its bytes until the connection changes. */
export class EncodedConnections<Connection extends Cacheable<Connection>> {
  private readonly entries: (Entry<Connection> | undefined)[] = new Array(SLOTS).fill(undefined);

  constructor(private readonly codec: ValueCodec<Connection>) {}

  put(out: MessagePackEncoder, connection: Connection, encoding: EncodingContext): void {
    const slot = slotOfId(connection.id);
    const entry = this.entries[slot];
    // A connection with a certificate chain is not cached: it is large, and the chain is written only once.
    const cacheable = !hasChain(connection, encoding);
    if (cacheable && entry?.packed && connection.isSame(entry.connection!)) {
      out.putPacked(entry.packed);
      return;
    }
    const start = out.length;
    this.codec.put(out, connection, encoding);
    if (entry?.id !== connection.id) {
      this.entries[slot] = { id: connection.id, connection: undefined, packed: undefined };
    } else if (cacheable) {
      entry.connection = connection.clone();
      entry.packed = Buffer.from(out.bytes.subarray(start, out.length));
    }
  }
}

function hasChain({ id, tls }: Cacheable<unknown>, { chains }: EncodingContext): boolean {
  return tls !== undefined && tls.certificates.length > 0 && !chains.isWritten(id, tls.certificates);
}
