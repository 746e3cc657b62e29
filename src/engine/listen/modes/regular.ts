import type { Entrance, Mode } from './mode.js';

/** An explicit proxy: clients are set up to use it, and each request names its server (RFC 9110 section 3.7). */
export class RegularMode implements Mode {
  enter(): Entrance {
    return EXPLICIT;
  }
}

const EXPLICIT: Entrance = { kind: 'explicit' };
