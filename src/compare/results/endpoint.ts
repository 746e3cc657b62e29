import type { HttpRequest } from '../../flow/http/http-request.js';

/** Replaces an id in a path. */
export const ID = '{id}';

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const HEX = /^(?=.*\d)[0-9a-f]{8,}$/i;
const DATE = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?$/;
/** A word with a number, such as `order-17` or `usr_8f3k2`. */
const NUMBERED = /^(?=.*\d)[A-Za-z]{1,12}[-_](?=[A-Za-z\d]*\d)[A-Za-z\d]+$/;

/** Method, host and path of a request, without the query and with folded ids. */
export function endpointOf(request: HttpRequest): string {
  return `${request.method} ${request.prettyAuthority}${foldIds(pathOf(request))}`;
}

/** A path in which segments that look like ids are replaced. */
export function foldIds(path: string): string {
  return path
    .split('/')
    .map((segment) => (isId(segment) ? ID : segment))
    .join('/');
}

/** The path without its query. */
export function pathOf({ path }: HttpRequest): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

function isId(segment: string): boolean {
  // All of them have a digit, except perhaps a UUID.
  if (!/\d/.test(segment)) return UUID.test(segment);
  if (/^\d+$/.test(segment) || UUID.test(segment) || HEX.test(segment) || DATE.test(segment)) return true;
  return NUMBERED.test(segment) || isRandom(segment);
}

/** A long segment of letters of both cases and digits, such as base64url of random bytes. */
function isRandom(segment: string): boolean {
  if (segment.length < 16 || !/^[\w-]+$/.test(segment)) return false;
  return /\d/.test(segment) && /[a-z]/.test(segment) && /[A-Z]/.test(segment);
}
