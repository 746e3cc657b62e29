import type { HttpFlow } from '../../../flow/flow.js';

/** Why a recorded request has no answer that can be sent again. */
export type NoAnswer = 'no-content' | 'failed';

/** Maximum number of requests to remember. */
const REMEMBERED = 100_000;

/** The recorded requests without a usable answer, so that a miss can say so. */
export class Unanswered {
  /** Number of flows. */
  count = 0;
  /** Number of these whose response was recorded without its content. */
  withoutContent = 0;
  private readonly reasons = new Map<string, NoAnswer>();

  /** Counts a flow. @returns why it has no answer; undefined if it needs no explanation */
  note({ request, response }: HttpFlow): NoAnswer | undefined {
    this.count++;
    const reason = response?.body.kept === false ? 'no-content' : 'failed';
    if (reason === 'no-content') this.withoutContent++;
    return request.method === 'CONNECT' || this.reasons.size >= REMEMBERED ? undefined : reason;
  }

  /** @param key of its request, from `keyOf` */
  add(key: string, reason: NoAnswer): void {
    this.reasons.set(key, reason);
  }

  reasonFor(key: string): NoAnswer | undefined {
    return this.reasons.get(key);
  }
}
