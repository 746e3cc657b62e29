import type { ConnectionTarget, Mode } from './mode.js';

/** An explicit proxy: clients are configured to use it, and each request names its server (RFC 9110 section 3.7). */
export class RegularMode implements Mode {
  resolveTarget(): ConnectionTarget {
    return EXPLICIT;
  }
}

const EXPLICIT: ConnectionTarget = { kind: 'explicit' };
