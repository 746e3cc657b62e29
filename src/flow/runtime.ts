/**
 * What flows and filters take of Node.js, beside the global `Buffer`. Only this file has to be replaced to bundle them for
 * a browser.
 */
export { isUtf8 } from 'node:buffer';
export { randomUUID } from 'node:crypto';
export { isIP, isIPv6 } from 'node:net';
export { domainToASCII, domainToUnicode } from 'node:url';
export { crc32, default as zlib } from 'node:zlib';
