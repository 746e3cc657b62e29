import { PATIENCE } from './patience.js';

/**
 * Polls until a condition holds for which there is no event.
 * @param patience time limit in milliseconds
 * @throws Error that names the condition, after that time
 */
export async function until(met: () => boolean, what: string, patience = PATIENCE): Promise<void> {
  const deadline = Date.now() + patience;
  while (!met()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
