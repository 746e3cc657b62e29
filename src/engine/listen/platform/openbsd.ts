import { localAddress } from './local-address.js';
import type { Platform } from './platform.js';

/** OpenBSD: `divert-to` rules keep a connection's destination as its local address (pf.conf(5)). */
export const openbsd: Platform = {
  prepare: () => [],
  originalDestination: localAddress,
};
