import type { Body } from './body.js';

/**
 * Gives back the spool files of bodies that nobody has to release, once nothing refers to them any more; what they have in
 * memory is left to the garbage collector at once.
 */
export class UnusedBodies {
  private readonly registry = new FinalizationRegistry<() => void>((release) => release());

  add(body: Body): void {
    const release = body.disown();
    if (release) this.registry.register(body, release);
  }
}
