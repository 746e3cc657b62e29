import { BoundedMap } from '../../../flow/bounded-map.js';
import { type Flow, HttpFlow } from '../../../flow/flow.js';
import type { DecodedFlow } from '../flow-decoder.js';

/** So many handshakes wait for their messages; then the one that waited longest is given out alone. */
const MOST_WAITING = 1024;

/**
 * Before version 12 a WebSocket connection was two flows: the handshake, and later one with the messages. Here they become one,
 * in the place of the second.
 */
export class OldWebSockets {
  private readonly waiting = new BoundedMap<string, HttpFlow>(MOST_WAITING);

  /** @returns the flows that are ready now */
  take({ flow, isHandshake, handshakeId }: DecodedFlow): Flow[] {
    if (!(flow instanceof HttpFlow)) return [flow];
    if (isHandshake) {
      const before = this.remove(flow.id);
      const oldest = this.waiting.set(flow.id, flow);
      return [before, oldest].filter((one) => one !== undefined);
    }
    const handshake = handshakeId === undefined ? undefined : this.remove(handshakeId);
    if (!handshake) return [flow];
    handshake.messages = flow.messages;
    handshake.websocket = { ...flow.websocket!, timestamp: handshake.server.timestampEnd ?? flow.server.timestampEnd };
    handshake.error ??= flow.error;
    handshake.marked ||= flow.marked;
    return [handshake];
  }

  /** The handshakes whose messages did not come. */
  rest(): Flow[] {
    const flows = [...this.waiting.values()];
    this.waiting.clear();
    return flows;
  }

  private remove(id: string): HttpFlow | undefined {
    const flow = this.waiting.get(id);
    this.waiting.delete(id);
    return flow;
  }
}
