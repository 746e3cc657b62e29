import type { HttpFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { hashOf } from '../../../flow/text/hash.js';
import { clientMessages, rewriteMessage } from '../rewrite/messages.js';
import { rewriteRequest } from '../rewrite/request.js';
import { SHORTEST_ANYWHERE, type ValueVisitor } from '../rewrite/visitor.js';
import type { ValueSettings } from '../value-settings.js';

/** The hashes of the values of a request. */
export async function hashesOfRequest(request: HttpRequest, settings: ValueSettings): Promise<Set<number>> {
  const collector = new HashCollector();
  await rewriteRequest(request, settings, collector);
  return collector.hashes;
}

/** The hashes of the values in the text messages that the client of a WebSocket sent, with the time of each message. */
export async function* hashesOfMessages(
  flow: HttpFlow,
  settings: ValueSettings,
): AsyncGenerator<{ hashes: ReadonlySet<number>; timestamp: number }> {
  for await (const message of clientMessages(flow)) {
    const collector = new HashCollector();
    rewriteMessage(message, flow.request.path, settings, collector);
    yield { hashes: collector.hashes, timestamp: message.timestamp };
  }
}

/** Collects the hashes of values. It replaces nothing. */
class HashCollector implements ValueVisitor {
  readonly hashes = new Set<number>();

  visit(value: string, keys: readonly string[]): undefined {
    if (value.length >= SHORTEST_ANYWHERE) this.hashes.add(hashOf('', value));
    for (const key of keys) this.hashes.add(hashOf(key, value));
    return undefined;
  }

  changed(): void {}
}
