const PATIENCE = 10_000;

/** Waits until a condition holds that no event tells of. @throws Error naming what was waited for, after ten seconds */
export async function until(met: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!met()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
