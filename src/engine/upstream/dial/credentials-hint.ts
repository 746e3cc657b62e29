import type { Headers } from '../../../flow/http/headers.js';

/**
 * Advice for the 407 of an upstream proxy, to be added to a sentence.
 * @param headers of its response
 * @param isSent whether credentials were sent
 */
export function credentialsHint(headers: Headers, isSent: boolean): string {
  const challenges = headers.getAll('proxy-authenticate');
  const schemes = challenges.map((value) => /^[\w-]{0,40}/.exec(value)![0]).filter((scheme) => scheme !== '');
  if (schemes.length > 0 && !challenges.some((value) => BASIC.test(value))) {
    return ` It requires ${[...new Set(schemes)].join(' or ')} authentication; upstream_auth is Basic.`;
  }
  return isSent ? '' : ' Set a user name and a password with upstream_auth.';
}

/** Several challenges may be in one field (RFC 9110 section 11.6.1). */
const BASIC = /(?:^|,)[ \t]*basic(?:[ ,]|$)/i;
