import { isToken } from '../../../flow/http/token.js';
import { Fields } from '../../json/fields.js';
import { decodeRequest } from '../../json/http.js';
import type { Omissions } from '../../shared/omissions.js';
import type { HarBody } from '../body/har-body.js';
import { readPostData } from '../body/read-content.js';
import { harUrl } from '../har-url.js';
import type { Moments } from './har-time.js';
import { type Members, type MessageMembers, messageMembers, take } from './message-members.js';
import { readHeaders, scalarText } from './read-headers.js';
import { appendQuery, type HarTarget, otherScheme, readTarget } from './read-target.js';

/**
 * The request of an entry.
 * @param own `_tsdump` of an entry that tsdump wrote
 * @returns undefined if it is not HTTP, such as a `data:` URL, which is noted
 * @throws JsonError if the URL is missing or damaged
 */
export function requestMembers(
  request: Fields,
  own: Fields | undefined,
  httpVersion: string,
  { started, sent }: Moments,
  omissions: Omissions,
): MessageMembers | undefined {
  const url = request.need(request.any('url'), 'url');
  if (typeof url !== 'string') throw request.wrong('url', 'text');
  const { pairs, pseudo } = readHeaders(request, own !== undefined);
  const body = readPostData(request, pairs, own !== undefined, omissions);
  const method = methodOf(request, body);
  const target = readTarget(url, method, httpVersion, pseudo.get(':authority'));
  if (!target) {
    const scheme = otherScheme(url);
    if (scheme === undefined) throw request.wrong('url', `an HTTP URL: ${JSON.stringify(url.slice(0, 80))}`);
    omissions.discard();
    omissions.scheme(scheme);
    return undefined;
  }
  const query = own ? [] : addQuery(target, request);
  const ownRequest = own?.object('request');
  const { scheme, host, port, authority, path } = target;
  const [timestampStart, timestampEnd] = [started, sent];
  const line = { method, url, httpVersion, scheme, host, port, authority, path, timestampStart, timestampEnd };
  const made = messageMembers(line, pairs, body, ownRequest);
  const kept = ownRequest && take({ authority: '' }, ownRequest, TARGET);
  // A URL that was edited takes precedence over `_tsdump`.
  if (kept && isOther(kept, made.members) && urlOf({ ...made.members, ...kept }) === url)
    Object.assign(made.members, kept);
  return query.length === 0 ? made : { members: made.members, altered: [...query, ...made.altered] };
}

const TARGET = ['scheme', 'host', 'port', 'authority', 'path'];

function isOther(kept: Members, members: Members): boolean {
  return TARGET.some((key) => kept[key] !== undefined && kept[key] !== members[key]);
}

/** The method; if missing, the usual one. */
function methodOf(request: Fields, { body, bodyBase64, bodySize = 0 }: HarBody): string {
  const method = request.text('method')?.trim();
  if (method && isToken(method)) return method;
  if (method) request.note('method', 'is not a method');
  return body !== undefined || bodyBase64 !== undefined || bodySize > 0 ? 'POST' : 'GET';
}

/** Adds the query to the path if the URL has no query. @returns the changes */
function addQuery(target: HarTarget, request: Fields): string[] {
  if (target.path.includes('?') || target.path === '') return [];
  const parameters = request.objects('queryString').map((parameter): [string, string] => {
    return [scalarText(parameter.any('name')) ?? '', scalarText(parameter.any('value')) ?? ''];
  });
  if (parameters.length === 0) return [];
  const { path } = target;
  target.path = appendQuery(path, parameters);
  return [`path: ${path}`];
}

/** The URL that a HAR of this request has. */
function urlOf({ body: _body, bodyBase64: _base64, encodedBodyBase64: _encoded, ...members }: Members): string {
  return harUrl(decodeRequest(Fields.of(members, 'request')));
}
