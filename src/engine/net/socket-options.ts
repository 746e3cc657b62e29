import { Socket } from 'node:net';

/** More sets of option names than an inline cache of V8 distinguishes. */
const NAME_SETS = 8;
/** After fewer calls, V8 does not yet collect type feedback for a function. */
const SOCKETS = 40;
/** Later ones need no preparation (V8 12.4 of Node.js 22). */
const LAST_AFFECTED_V8 = 11;

/**
 * Makes opening sockets cheaper, once in a process. The constructor of `Socket` copies its options (`{ ...options }`) and adds
 * properties to the copy. The V8 of Node.js 20 gives each such copy a hidden class of its own: every access to it misses the
 * inline caches, and the classes link all sockets, so that these leave the young generation. After more sets of option
 * names than an inline cache holds, V8 copies property by property, which avoids that. So the constructor gets that many.
 */
export function prepareSocketOptions(v8: string = process.versions.v8): void {
  if (Number.parseInt(v8, 10) > LAST_AFFECTED_V8) return;
  for (let count = 0; count < SOCKETS; count++) new Socket({ [`option${count % NAME_SETS}`]: true });
}
