/**
 * A segment of a path that names a kind of resource (`items`), and no single one: it has no digit, and the length of a word.
 * Versions of an interface, such as `v1`, count as names.
 */
export function isNaming(segment: string): boolean {
  return segment !== '' && segment.length <= 40 && (!/[0-9%@=]/.test(segment) || isVersion(segment));
}

/** Whether a segment is the version of an interface. */
export function isVersion(segment: string): boolean {
  return /^v[0-9]{1,3}(?:\.[0-9]{1,3})?$/i.test(segment);
}

/** Last segments that name an action on a resource. */
const ACTIONS = new Set(
  'new create add search find query list all batch bulk edit update delete remove me latest default index'.split(' '),
);

/** The kind of resource that a path is about: `item` of `/v1/items/42` and of `/v1/items/create`. */
export function subjectOf(path: string): string | undefined {
  const end = path.search(/[?#]/);
  const segments = (end < 0 ? path : path.slice(0, end)).split('/');
  for (let at = segments.length - 1; at >= 0; at--) {
    const segment = segments[at]!;
    if (isNaming(segment) && !isVersion(segment) && !ACTIONS.has(segment.toLowerCase())) return segment;
  }
  return undefined;
}

/** Keys of the version of a resource: for the resource itself, if its path is known, and for any. */
export function versionKeys(kind: 'etag' | 'version', path: string): readonly string[] {
  const end = path.search(/[?#]/);
  return [`${kind}:${end < 0 ? path : path.slice(0, end)}`, `${kind}:`];
}

/** A value that is a URL, or a path with a leading slash, so that its segments and parameters are values too. */
export function isUrl(text: string): boolean {
  return (
    text.length <= LONGEST_URL && /^(?:[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#\s]*(?:$|[/?#])|[/?][^\s/])\S*$/i.test(text)
  );
}

const LONGEST_URL = 16_384;

/** Where the path of a URL begins. */
export function pathStart(url: string): number {
  const scheme = url.indexOf('://');
  if (scheme < 0) return 0;
  const rest = url.slice(scheme + 3).search(/[/?#]/);
  return rest < 0 ? url.length : scheme + 3 + rest;
}
