import type { MessagePackDecoder } from './msgpack-decoder.js';

/** Slots of a cache of connections: a power of two. */
export const SLOTS = 1024;
/** Offset of the first byte that differs between ids: after the type of the map, the key `id` and the size of the id. */
const ID_OFFSET = 6;
/** Longer maps contain certificates, so they are not repeated. */
const LONGEST = 1024;

interface Entry<Connection> {
  /** Size of its packed bytes. */
  size: number;
  connection: Connection;
}

/**
 * Caches decoded connections. The flows of one connection repeat its data byte for byte, so comparing the bytes replaces
 * decoding them.
 */
export class ConnectionCache<Connection extends { clone(): Connection }> {
  private readonly entries: (Entry<Connection> | undefined)[] = new Array(SLOTS).fill(undefined);
  /** The packed bytes of all entries: memory of its own for each would take longer than decoding it. */
  private packed: { bytes: Buffer; view: DataView } | undefined;

  /** @param mayChange whether flows may be changed, so that each flow needs its own connection object */
  constructor(
    private readonly decodeNew: (input: MessagePackDecoder) => Connection,
    private readonly mayChange: () => boolean,
  ) {}

  /** @throws FieldError */
  decode(input: MessagePackDecoder): Connection {
    const { bytes, at, end } = input;
    const slot = end - at > ID_OFFSET + 4 ? slotOf(bytes.readUInt32LE(at + ID_OFFSET)) : 0;
    const entry = this.entries[slot];
    if (entry && input.isPacked(this.packed!.view, slot * LONGEST, entry.size)) return this.shared(entry.connection);
    const connection = this.decodeNew(input);
    const size = input.at - at;
    if (size > LONGEST) return connection;
    this.packed ??= memory();
    bytes.copy(this.packed.bytes, slot * LONGEST, at, input.at);
    this.entries[slot] = { size, connection };
    return this.shared(connection);
  }

  private shared(connection: Connection): Connection {
    return this.mayChange() ? connection.clone() : connection;
  }
}

function memory(): { bytes: Buffer; view: DataView } {
  const bytes = Buffer.allocUnsafeSlow(SLOTS * LONGEST);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** The slot of a connection by its id. */
export function slotOfId(id: string): number {
  return slotOf(id.charCodeAt(0) | (id.charCodeAt(1) << 8) | (id.charCodeAt(2) << 16) | (id.charCodeAt(3) << 24));
}

/** Fibonacci hashing. The low bits of an id distinguish few connections, because its bytes are hexadecimal digits. */
function slotOf(digits: number): number {
  return Math.imul(digits, 0x9e3779b1) >>> (32 - Math.log2(SLOTS));
}
