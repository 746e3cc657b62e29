import type { ClientConnection, ServerConnection } from '../../../flow/connection.js';
import type { ReadChains } from '../../shared/certificates.js';
import type { ListedBody } from '../bodies/body-list.js';
import type { ConnectionCache } from '../metadata/connection-cache.js';
import type { MessagePackDecoder } from '../metadata/msgpack-decoder.js';
import type { MessagePackEncoder } from '../metadata/msgpack-encoder.js';

/** One key of a map: how its value is written and read, and what `docs/flow-format.md` says of it. */
export interface Field<Source> {
  readonly key: string;
  readonly codec: Codec<unknown>;
  /** False if every writer writes it. */
  readonly optional: boolean;
  /** The last column of its line in the documentation. */
  readonly text: string;
  /** The key that it stands in place of: while that is absent, a value that was read is kept. */
  readonly standsFor: string | undefined;
  /** The key as MessagePack. */
  readonly packed: Uint8Array;
  /** The value to write; undefined leaves the key out. */
  get(source: Source, encoding: Encoding): unknown;
}

/** What writing metadata takes beside the flow. */
export interface Encoding {
  /**
   * What stands for the certificate chain of a connection.
   * @returns the SHA-256 of the first certificate if it is to stand for the chain, undefined if the chain is to be written
   */
  readonly leafOnly: (connectionId: string, certificates: readonly Buffer[]) => Buffer | undefined;
  /** Packs facts of addons. */
  readonly packFacts: (facts: Record<string, unknown>) => Buffer;
  /** What to list of the bodies of the flow. */
  bodies: readonly ListedBody[];
}

/** What a reader knows from earlier records. */
export interface Decoding {
  readonly chains: ReadChains;
  readonly clients: ConnectionCache<ClientConnection>;
  readonly servers: ConnectionCache<ServerConnection>;
}

/** How values of one type are written and read. */
export interface Codec<Value, Read = Value> {
  /** The name of the type in `docs/flow-format.md`. */
  readonly type: string;
  /** The map that a value is, or of which it is a list. */
  readonly schema?: Schema;
  /** The key that names the items of a list of maps; without it their places do. */
  readonly itemKey?: string;
  put(out: MessagePackEncoder, value: Value, encoding: Encoding): void;
  /** @throws FieldError if there is something else */
  take(input: MessagePackDecoder, decoding: Decoding): Read;
}

/** What is known of a map, whatever it is made of. */
export interface Schema {
  readonly fields: readonly Field<unknown>[];
  /** The field with a key; undefined if this version does not know it. */
  field(key: string): Field<unknown> | undefined;
}
