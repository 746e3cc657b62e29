import { ProtocolError } from '../../src/engine/errors.js';

/** How something is refused: `400 Refused: …`; undefined if it is not. Other errors go through. */
export function refusal(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.status} ${error.message}`;
    throw error;
  }
}
