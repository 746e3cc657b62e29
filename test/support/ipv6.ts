import { networkInterfaces } from 'node:os';
import { orSkip } from '../e2e/support/command.js';

const missing = !Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** Options of a test that needs IPv6. */
export const IPV6 = orSkip(missing && 'there is no IPv6 here');

/** A loopback address other than 127.0.0.1, an IPv6 one if available. */
export const OTHER_LOOPBACK = IPV6.skip ? '127.0.0.3' : '::1';
