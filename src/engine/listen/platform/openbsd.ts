import { localAddress } from './local-address.js';
import type { Platform } from './platform.js';

/** OpenBSD, where `divert-to` rules leave connections the address that they were made to (pf.conf(5)). */
export const openbsd: Platform = {
  prepare: () => [],
  originalDestination: localAddress,
};
