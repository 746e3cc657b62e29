import { domainToASCII, domainToUnicode } from 'node:url';

/** The most characters of a name (RFC 1035 section 2.3.4) with its final dot, in either form. */
const LONGEST = 254;

// Punycode takes quadratic time, and what is longer is no name.

/** A name with its A-labels (RFC 5890) in lower case; empty if it is no domain name. */
export function toAsciiName(name: string): string {
  return name.length > LONGEST ? '' : domainToASCII(name);
}

/** A name with its U-labels; empty if it is no domain name. */
export function toUnicodeName(name: string): string {
  return name.length > LONGEST ? '' : domainToUnicode(name);
}
