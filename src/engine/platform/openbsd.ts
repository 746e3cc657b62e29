import { localAddress, type Platform } from './original-destination.js';

/** OpenBSD, where `divert-to` rules leave connections the address that they were made to (pf.conf(5)). */
export const openbsd: Platform = {
  prepare: () => [],
  originalDestination: localAddress,
};
