import { orSkip } from '../e2e/support/command.js';

/** The Python of `TSDUMP_MITMPROXY_PYTHON`, which can import mitmproxy 11 or newer; Debian's package is older. */
export const PYTHON = process.env.TSDUMP_MITMPROXY_PYTHON ?? '';

/** Options of a test that compares with mitmproxy. */
export const MITMPROXY = orSkip(
  PYTHON === '' && 'TSDUMP_MITMPROXY_PYTHON is not set: a Python that can import mitmproxy 11 or newer',
);
