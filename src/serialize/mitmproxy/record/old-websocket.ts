import { BoundedMap } from '../../../flow/bounded-map.js';
import { type Flow, HttpFlow } from '../../../flow/flow.js';
import type { DecodedFlow } from '../flow-decoder.js';

/** Maximum number of handshakes that wait for their messages. The oldest is then passed on alone. */
const MAX_WAITING = 1024;

/**
 * Before version 12, a WebSocket connection was two flows: the handshake, and later the messages. They are merged at
 * the position of the second.
 */
export class OldWebSockets {
  private readonly waiting = new BoundedMap<string, HttpFlow>(MAX_WAITING);

  /** @returns the flows that are now complete */
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

  /** The handshakes without messages. */
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
