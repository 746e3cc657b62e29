import { asciiHost, readableHost } from '../../../flow/text/host-name.js';

/** Where Python's `idna` codec (IDNA 2003) knows another name than UTS 46: sharp s, final sigma and the joiners. */
const DEVIATING = /[ßς\u200c\u200d]/;

/** A host as mitmproxy has it: in Unicode, as far as it would come to the same name. */
export function encodeHost(host: string): string {
  const text = readableHost(host);
  return DEVIATING.test(text) ? host : text;
}

/** A host of mitmproxy in ASCII; text that no host can have stays. */
export function decodeHost(text: string): string {
  return asciiHost(text) ?? text;
}
