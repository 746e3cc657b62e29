import type { Flow } from '../../../flow/flow.js';
import type { ListedBody } from '../bodies/body-list.js';
import type { Encoding } from '../schema/field.js';
import { flowSchema } from '../schema/flow.js';
import { MessagePackEncoder } from './msgpack-encoder.js';

/** Encodes the metadata of flows, one at a time. */
export class MetadataEncoder {
  private readonly out = new MessagePackEncoder();
  private readonly encoding: Encoding;

  constructor({ leafOnly, packFacts }: Omit<Encoding, 'bodies'>) {
    this.encoding = { leafOnly, packFacts, bodies: [] };
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
