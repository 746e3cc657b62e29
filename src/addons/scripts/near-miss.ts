import { nearest } from '../../filters/nearest.js';
import { HOOK_NAMES, type HookName } from '../../flow/hooks/hooks.js';

/** Hooks of mitmproxy with another name in tsdump, without underscores. */
const RENAMED: ReadonlyMap<string, HookName> = new Map([
  ['tlsclienthello', 'clientHello'],
  ['clientconnect', 'clientConnected'],
  ['clientdisconnect', 'clientDisconnected'],
  ['serverdisconnect', 'serverDisconnected'],
  ['httpconnected', 'serverConnected'],
  ['socks5auth', 'authenticate'],
]);

const BY_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  [...HOOK_NAMES, 'load'].map((name) => [name.toLowerCase(), name]),
);

/**
 * The hook that a wrong name probably means: `reqest`, `response_headers`, `onRequest`.
 * @param name of a function that a script exports
 */
export function nearMiss(name: string): string | undefined {
  const plain = name.replaceAll('_', '').toLowerCase();
  const bare = /^(?:on|handle)_?[A-Z_]/.test(name) ? plain.replace(/^(?:on|handle)/, '') : plain;
  const exact = BY_LOWER_CASE.get(bare) ?? RENAMED.get(bare);
  if (exact !== undefined) return exact;
  // Short names are similar to many words.
  const guess = nearest(bare, BY_LOWER_CASE.keys(), bare.length < 6 ? 0 : bare.length < 9 ? 1 : 2);
  return guess === undefined ? undefined : BY_LOWER_CASE.get(guess);
}
