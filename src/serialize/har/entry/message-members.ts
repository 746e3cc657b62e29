import type { Field } from '../../../flow/http/headers.js';
import type { Fields } from '../../json/fields.js';
import type { HarBody } from '../body/har-body.js';
import { reconcile } from '../body/reconcile.js';
import { readVersion } from './read-target.js';

/** Members in the form of JSON Lines. */
export type Members = Record<string, unknown>;

/** A message of an entry, in the form of JSON Lines. */
export interface MessageMembers {
  members: Members;
  /** Changes of the file's data, for users. */
  altered: string[];
}

/** Members of `_tsdump` that supplement those of HAR. */
const OWN_OF_MESSAGE = [
  'headersBase64',
  'trailers',
  'trailersBase64',
  'timestampStart',
  'timestampEnd',
  'bodyComplete',
  'bodySize',
  'encodedBodyBase64',
];

/**
 * The members of a message: those of HAR, supplemented by those of `_tsdump` if tsdump wrote the entry.
 * @param line the members so far; the result is this object
 */
export function messageMembers(line: Members, pairs: Field[], body: HarBody, own: Fields | undefined): MessageMembers {
  if (own) {
    // A missing time means that the message never ended.
    line.timestampEnd = undefined;
    line.headers = pairs;
    Object.assign(line, body);
    take(line, own, OWN_OF_MESSAGE);
    // If the content was removed from the file, do not restore it from the encoded bytes.
    if (body.body === undefined && body.bodyBase64 === undefined) line.encodedBodyBase64 = undefined;
    return { members: line, altered: [] };
  }
  const { pairs: headers, body: content, altered } = reconcile(pairs, body);
  line.headers = headers;
  line.body = content.body;
  line.bodyBase64 = content.bodyBase64;
  line.bodySize = content.bodySize;
  return { members: line, altered };
}

/** The HTTP version of a message; undefined if it is unknown, which programs express in different ways. */
export function versionOf(message: Fields): string | undefined {
  const text = message.text('httpVersion');
  const version = readVersion(text);
  if (version === undefined && text && !/^unknown$/i.test(text.trim())) message.note('httpVersion', 'is not known');
  return version;
}

/** Copies those of the given members that are present. */
export function take<Into extends Members>(into: Into, fields: Fields, keys: readonly string[]): Into {
  const target: Members = into;
  for (const key of keys) {
    const value = fields.any(key);
    if (value !== undefined) target[key] = value;
  }
  return into;
}
