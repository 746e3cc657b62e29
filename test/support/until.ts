const PATIENCE = 10_000;

/**
 * Waits until a condition holds that no event tells of.
 * @param patience milliseconds
 * @throws Error naming what was waited for, after that time
 */
export async function until(met: () => boolean, what: string, patience = PATIENCE): Promise<void> {
  const deadline = Date.now() + patience;
  while (!met()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
