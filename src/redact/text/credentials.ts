import type { NameRule } from '../names/secret-names.js';
import { isTrivial } from '../names/values.js';

/** Schemes of `Authorization` (registered with IANA or used by large services), which stay readable. */
const SCHEMES = new Set(
  'basic bearer digest dpop gnap hoba mutual negotiate ntlm oauth privatetoken scram-sha-1 scram-sha-256 vapid aws4-hmac-sha256 aws4-ecdsa-p256-sha256 aws token apikey hawk sharedkey sharedkeylite sharedaccesssignature googlelogin signature ssws splunk key bot'.split(
    ' ',
  ),
);

/** Attributes of `Set-Cookie`, which are not redacted (RFC 6265bis). */
const ATTRIBUTES =
  /^\s*(?:expires|max-age|domain|path|secure|httponly|samesite|partitioned|priority|version|comment)\s*(?:=|$)/i;

/** Redacts the secret parts of a value, according to its syntax. */
export function redactedValue(form: NameRule['form'], value: string, replace: (secret: string) => string): string {
  switch (form) {
    case 'plain':
      return replace(value);
    case 'credentials':
      return credentials(value, replace);
    case 'cookies':
      return value
        .split(';')
        .map((part) => pair(part, replace))
        .join(';');
    case 'set-cookie':
      return value
        .split(';')
        .map((part, at) => (at > 0 && ATTRIBUTES.test(part) ? part : pair(part, replace)))
        .join(';');
  }
}

function credentials(value: string, replace: (secret: string) => string): string {
  const parts = /^(\s*([A-Za-z][\w-]*)[ \t]+)(\S[\s\S]*)$/.exec(value);
  const [, before, scheme, secret] = parts ?? [];
  if (secret === undefined || !SCHEMES.has(scheme!.toLowerCase())) return replace(value);
  return isTrivial(secret) ? value : before + replace(secret);
}

/** Redacts the value of a cookie. Without an equals sign, the text is the value (RFC 6265bis section 5.6). */
function pair(part: string, replace: (secret: string) => string): string {
  const equals = part.indexOf('=');
  const begin = equals < 0 ? 0 : equals + 1;
  const value = part.slice(begin);
  const text = value.trim();
  if (isTrivial(text)) return part;
  const start = begin + value.indexOf(text);
  return part.slice(0, start) + replace(text) + part.slice(start + text.length);
}
