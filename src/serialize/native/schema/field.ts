import type { ClientConnection, ServerConnection } from '../../../flow/connection.js';
import type { ChainRecord, ReadChains } from '../../shared/certificates.js';
import type { ListedBody } from '../bodies/body-list.js';
import type { ConnectionCache } from '../metadata/connection-cache.js';
import type { MessagePackDecoder } from '../metadata/msgpack-decoder.js';
import type { MessagePackEncoder } from '../metadata/msgpack-encoder.js';

/** One key of a map: encoding, decoding, and its text in `docs/flow-format.md`. */
export interface Field<Source> {
  readonly key: string;
  readonly codec: Codec<unknown>;
  /** False if every writer writes it. */
  readonly optional: boolean;
  /** The last column of its row in the documentation. */
  readonly text: string;
  /** The key that this one replaces: while that is absent, a value that was read is kept. */
  readonly standsFor: string | undefined;
  /** The key as MessagePack. */
  readonly packed: Uint8Array;
  /** The value to write; undefined omits the key. */
  get(source: Source, encoding: Encoding): unknown;
}

/** The arguments of encoding besides the flow. */
export interface Encoding {
  readonly chains: ChainRecord;
  readonly clients: Pick<Codec<ClientConnection>, 'put'>;
  readonly servers: Pick<Codec<ServerConnection>, 'put'>;
  /** Packs the metadata of addons. */
  readonly packFacts: (facts: Record<string, unknown>) => Buffer;
  /** The bodies of the flow to list. */
  bodies: readonly ListedBody[];
}

/** The data that a reader has from earlier records. */
export interface Decoding {
  readonly chains: ReadChains;
  readonly clients: ConnectionCache<ClientConnection>;
  readonly servers: ConnectionCache<ServerConnection>;
}

/** Encoding and decoding of one type of value. */
export interface Codec<Value, Read = Value> {
  /** The name of the type in `docs/flow-format.md`. */
  readonly type: string;
  /** The schema of the map, or of the maps in a list. */
  readonly schema?: Schema;
  /** The key that identifies the items of a list of maps; without it, their positions do. */
  readonly itemKey?: string;
  put(out: MessagePackEncoder, value: Value, encoding: Encoding): void;
  /** @throws FieldError if the value has another type */
  take(input: MessagePackDecoder, decoding: Decoding): Read;
}

/** The known fields of a map. */
export interface Schema {
  readonly fields: readonly Field<unknown>[];
  /** The field of a key; undefined if this version does not know it. */
  field(key: string): Field<unknown> | undefined;
}
