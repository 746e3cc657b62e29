import { ProtocolError } from '../../src/engine/errors.js';

/** The text of a refusal, `400 Refused: …`; undefined if nothing is refused. Other errors pass through. */
export function refusal(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.status} ${error.message}`;
    throw error;
  }
}
