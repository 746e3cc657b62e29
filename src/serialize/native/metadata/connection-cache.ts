import type { MessagePackDecoder } from './msgpack-decoder.js';

/** Slots of a cache of connections: a power of two. */
export const SLOTS = 1024;
/** Offset from which ids differ: after the type of the map, the key `id` and the size of the id. */
const ID_OFFSET = 6;
/** Longer maps contain certificates, and occur once. */
const LONGEST = 1024;

interface Entry<Connection> {
  packed: DataView;
  connection: Connection;
}

/**
 * The flows of one connection repeat its data byte for byte. The cache compares the bytes instead of decoding them
 * again.
 */
export class ConnectionCache<Connection extends { clone(): Connection }> {
  private readonly entries: (Entry<Connection> | undefined)[] = new Array(SLOTS).fill(undefined);

  /** @param mayChange whether flows may be changed, so that each needs a connection object of its own */
  constructor(
    private readonly decodeNew: (input: MessagePackDecoder) => Connection,
    private readonly mayChange: () => boolean,
  ) {}

  /** @throws FieldError */
  decode(input: MessagePackDecoder): Connection {
    const { bytes, at, end } = input;
    const slot = end - at > ID_OFFSET + 4 ? slotOf(bytes.readUInt32LE(at + ID_OFFSET)) : 0;
    const entry = this.entries[slot];
    if (entry && input.isPacked(entry.packed)) return this.lend(entry.connection);
    const connection = this.decodeNew(input);
    if (input.at - at > LONGEST) return connection;
    const packed = Uint8Array.from(bytes.subarray(at, input.at));
    this.entries[slot] = { packed: new DataView(packed.buffer), connection };
    return this.lend(connection);
  }

  private lend(connection: Connection): Connection {
    return this.mayChange() ? connection.clone() : connection;
  }
}

/** The slot of a connection by its id. */
export function slotOfId(id: string): number {
  return slotOf(id.charCodeAt(0) | (id.charCodeAt(1) << 8) | (id.charCodeAt(2) << 16) | (id.charCodeAt(3) << 24));
}

/** Ids are hexadecimal digits, whose low bits alone distinguish few: Fibonacci hashing. */
function slotOf(digits: number): number {
  return Math.imul(digits, 0x9e3779b1) >>> (32 - Math.log2(SLOTS));
}
