import type { Flow } from '../../../flow/flow.js';
import type { ListedBody } from '../bodies/body-list.js';
import type { Encoding } from '../schema/field.js';
import { flowSchema } from '../schema/flow.js';
import { MessagePackEncoder } from './msgpack-encoder.js';

/** Writes the metadata of flows, one at a time. */
export class MetadataEncoder {
  private readonly out = new MessagePackEncoder();
  private readonly encoding: Encoding;

  constructor({ leafOnly, packFacts }: Omit<Encoding, 'bodies'>) {
    this.encoding = { leafOnly, packFacts, bodies: [] };
  }

  /** Holds what was written, from 0 to `length`. */
  get bytes(): Buffer {
    return this.out.bytes;
  }

  get length(): number {
    return this.out.length;
  }

  /** Writes the metadata of this flow in place of what was written. */
  encode(flow: Flow, bodies: readonly ListedBody[]): void {
    this.encoding.bodies = bodies;
    this.out.reset();
    flowSchema(flow.type).put(this.out, flow, this.encoding);
  }
}
