import type { Headers } from '../../../flow/http/headers.js';

/**
 * Advice for the 407 of an upstream proxy, to be added to a sentence.
 * @param headers of its response
 * @param isSent whether credentials were sent
 */
export function credentialsHint(headers: Headers, isSent: boolean): string {
  const schemes = headers.getAll('proxy-authenticate').flatMap(schemesOf);
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === 'basic')) {
    return ` It requires ${[...new Set(schemes)].join(' or ')} authentication; upstream_auth is Basic.`;
  }
  return isSent ? '' : ' Set a user name and a password with upstream_auth.';
}

/** Several challenges may be in one field, and each may have several parameters (RFC 9110 section 11.6.1). */
function schemesOf(field: string): string[] {
  const elements = field.replace(QUOTED, '').split(',');
  return elements.flatMap((element) => SCHEME.exec(element)?.[1] ?? []);
}

const QUOTED = /"(?:[^"\\]|\\.)*"?/gs;

/** A name that no `=` follows: that would be a parameter. */
const SCHEME = /^[ \t]*([\w-]{1,40})(?:[ \t]+[^ \t=]|[ \t]*$)/;
