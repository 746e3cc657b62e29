import type { Flow } from '../../../flow/flow.js';
import type { ChainRecord } from '../../shared/certificates.js';
import type { ListedBody } from '../bodies/body-list.js';
import { CLIENT, SERVER } from '../schema/connection.js';
import type { EncodingContext } from '../schema/field.js';
import { flowSchema } from '../schema/flow.js';
import { EncodedConnections } from './encoded-connections.js';
import { MessagePackEncoder } from './msgpack-encoder.js';

/** Encodes the metadata of flows, one at a time. */
export class MetadataEncoder {
  private readonly out = new MessagePackEncoder();
  private readonly encoding: EncodingContext;

  constructor({ chains, packFacts }: { chains: ChainRecord; packFacts: EncodingContext['packFacts'] }) {
    const clients = new EncodedConnections(CLIENT);
    const servers = new EncodedConnections(SERVER);
    this.encoding = { chains, clients, servers, packFacts, bodies: [] };
  }

  /** The buffer; the encoded bytes are from 0 to `length`. */
  get bytes(): Buffer {
    return this.out.bytes;
  }

  get length(): number {
    return this.out.length;
  }

  /** Encodes the metadata of a flow, replacing the previous one. */
  encode(flow: Flow, bodies: readonly ListedBody[]): void {
    this.encoding.bodies = bodies;
    this.out.reset();
    flowSchema(flow.type).put(this.out, flow, this.encoding);
  }
}
