import type { ClientConnection, ServerConnection } from '../../../flow/connection.js';
import type { ChainRecord, ReadChains } from '../../shared/certificates.js';
import type { ListedBody } from '../bodies/body-list.js';
import type { ConnectionCache } from '../metadata/connection-cache.js';
import type { MessagePackDecoder } from '../metadata/msgpack-decoder.js';
import type { MessagePackEncoder } from '../metadata/msgpack-encoder.js';

/** One key of a map: its encoding, its decoding, and its description in `docs/flow-format.md`. */
export interface SchemaField<Source> {
  readonly key: string;
  readonly codec: ValueCodec<unknown>;
  /** Whether writers may omit it. */
  readonly optional: boolean;
  /** The last column of its row in the documentation. */
  readonly text: string;
  /** The key whose value this one replaces. A value read for this key is kept unless the other key is written. */
  readonly standsFor: string | undefined;
  /** The key as MessagePack. */
  readonly packed: Uint8Array;
  /** The value to write; undefined omits the key. */
  get(source: Source, encoding: EncodingContext): unknown;
}

/** The context of encoding. */
export interface EncodingContext {
  readonly chains: ChainRecord;
  readonly clients: Pick<ValueCodec<ClientConnection>, 'put'>;
  readonly servers: Pick<ValueCodec<ServerConnection>, 'put'>;
  /** Packs the metadata of addons. */
  readonly packFacts: (facts: Record<string, unknown>) => Buffer;
  /** The bodies of the encoded flow. */
  bodies: readonly ListedBody[];
}

/** The context of decoding, with data of earlier records. */
export interface DecodingContext {
  readonly chains: ReadChains;
  readonly clients: ConnectionCache<ClientConnection>;
  readonly servers: ConnectionCache<ServerConnection>;
}

/** Encoding and decoding of one type of value. */
export interface ValueCodec<Value, Read = Value> {
  /** The name of the type in `docs/flow-format.md`. */
  readonly type: string;
  /** The schema of a map, or of the maps in a list. */
  readonly schema?: Schema;
  /** The key that identifies the maps in a list across versions; undefined if their positions identify them. */
  readonly itemKey?: string;
  put(out: MessagePackEncoder, value: Value, encoding: EncodingContext): void;
  /** @throws FieldError if the value has another type */
  take(input: MessagePackDecoder, decoding: DecodingContext): Read;
}

/** The known fields of a map. */
export interface Schema {
  readonly fields: readonly SchemaField<unknown>[];
  /** The field of a key; undefined for an unknown key. */
  field(key: string): SchemaField<unknown> | undefined;
}
