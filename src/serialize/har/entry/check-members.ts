import type { Fields } from '../../json/fields.js';
import type { Omissions } from '../../shared/omissions.js';
import { isObject } from '../extras.js';
import { numberOf } from './har-time.js';

type Kind = 'text' | 'number' | 'boolean' | 'scalar' | Schema | readonly [Schema];
interface Schema {
  readonly [key: string]: Kind;
}

const COOKIE: Schema = {
  name: 'text',
  value: 'scalar',
  path: 'text',
  domain: 'text',
  expires: 'scalar',
  httpOnly: 'boolean',
  secure: 'boolean',
  comment: 'text',
};
const CACHED: Schema = { expires: 'text', lastAccess: 'text', eTag: 'text', hitCount: 'number', comment: 'text' };

/**
 * Members of HAR 1.2 that no flow takes over, or that are also read in other forms. The others are checked on reading.
 */
const ENTRY: Schema = {
  pageref: 'text',
  cache: { beforeRequest: CACHED, afterRequest: CACHED, comment: 'text' },
  serverIPAddress: 'text',
  connection: 'scalar',
  comment: 'text',
  timings: { comment: 'text' },
  request: {
    cookies: [COOKIE],
    queryString: [{ name: 'scalar', value: 'scalar', comment: 'text' }],
    postData: {
      mimeType: 'text',
      params: [{ name: 'scalar', fileName: 'text', contentType: 'text', comment: 'text' }],
      comment: 'text',
    },
    headersSize: 'number',
    bodySize: 'number',
    comment: 'text',
  },
  response: {
    cookies: [COOKIE],
    content: { size: 'number', compression: 'number', mimeType: 'text', encoding: 'text', comment: 'text' },
    redirectURL: 'text',
    headersSize: 'number',
    bodySize: 'number',
    comment: 'text',
  },
};

const WANTED = { text: 'text', number: 'a number', boolean: 'true or false', scalar: 'text' };

/** Notes the members of an entry whose type differs from HAR 1.2. Missing or null members are accepted. */
export function checkMembers(entry: Fields, omissions: Omissions): void {
  // Almost all entries are valid, so paths are built only for those that are not.
  if (haveKinds(entry.values, ENTRY)) return;
  for (const key in ENTRY) checkMember(entry.any(key), ENTRY[key]!, key, omissions);
}

function haveKinds(members: Readonly<Record<string, unknown>>, schema: Schema): boolean {
  for (const key in schema) if (!hasKind(members[key], schema[key]!)) return false;
  return true;
}

function hasKind(value: unknown, kind: Kind): boolean {
  if (value === undefined || value === null) return true;
  if (typeof kind === 'string') return isOfKind(value, kind);
  if (!isList(kind)) return isObject(value) && haveKinds(value, kind);
  if (!Array.isArray(value)) return false;
  for (const item of value) if (!hasKind(item, kind[0])) return false;
  return true;
}

function checkMember(value: unknown, kind: Kind, path: string, omissions: Omissions): void {
  if (value === undefined || value === null) return;
  if (typeof kind === 'string') {
    if (!isOfKind(value, kind)) omissions.member(path, `is not ${WANTED[kind]}`);
  } else if (isList(kind)) {
    if (!Array.isArray(value)) omissions.member(path, 'is not a list');
    else for (let at = 0; at < value.length; at++) checkMember(value[at], kind[0], `${path}[${at}]`, omissions);
  } else if (!isObject(value)) omissions.member(path, 'is not an object');
  else for (const key in kind) checkMember(value[key], kind[key]!, `${path}.${key}`, omissions);
}

function isList(kind: Kind): kind is readonly [Schema] {
  return Array.isArray(kind);
}

function isOfKind(value: unknown, kind: keyof typeof WANTED): boolean {
  if (kind === 'number') return value === '' || numberOf(value) !== undefined;
  if (kind === 'scalar') return typeof value !== 'object';
  return typeof value === (kind === 'text' ? 'string' : 'boolean');
}
