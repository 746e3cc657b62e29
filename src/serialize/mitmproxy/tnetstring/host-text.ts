import { asciiHost, readableHost } from '../../../flow/text/host-name.js';

/**
 * Characters that Python's `idna` codec (IDNA 2003) maps differently from UTS 46: sharp s, final sigma and the joiners.
 */
const DEVIATING = /[ßς\u200c\u200d]/;

/** A host in mitmproxy's form: in Unicode, as far as that converts back to the same name. */
export function encodeHost(host: string): string {
  const text = readableHost(host);
  return DEVIATING.test(text) ? host : text;
}

/** A host from mitmproxy in ASCII; invalid hosts are unchanged. */
export function decodeHost(text: string): string {
  return asciiHost(text) ?? text;
}
