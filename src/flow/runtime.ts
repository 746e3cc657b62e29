import { createRequire } from 'node:module';
import { constants } from 'node:os';

/**
 * The Node.js APIs that flows and filters use, apart from the global `Buffer`. To bundle them for a browser, only this file
 * has to be replaced.
 */
export { isUtf8 } from 'node:buffer';
export { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
export { isIP, isIPv6 } from 'node:net';
export { domainToASCII, domainToUnicode } from 'node:url';
export { getSystemErrorMap } from 'node:util';
export { crc32, default as zlib } from 'node:zlib';

/** Loads a package synchronously. @returns its exports */
export const requirePackage: (name: string) => unknown = createRequire(import.meta.url);

/** The numbers of the errors of this system, by name. */
export const systemErrorNumbers: Readonly<Record<string, number>> = constants.errno;
