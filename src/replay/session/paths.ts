/**
 * Whether a path segment names a kind of resource (`items`) or an API version (`v1`), rather than a single resource. Such a
 * segment has no digits and the length of a word.
 */
export function isNaming(segment: string): boolean {
  return segment !== '' && segment.length <= 40 && (!/[0-9%@=]/.test(segment) || isVersion(segment));
}

/** Whether a path segment is an API version. */
export function isVersion(segment: string): boolean {
  return /^v[0-9]{1,3}(?:\.[0-9]{1,3})?$/i.test(segment);
}

/** Last segments that name an action on a resource. */
const ACTIONS = new Set(
  'new create add search find query list all batch bulk edit update delete remove me latest default index'.split(' '),
);

/** The subject of a path is the kind of resource it names: `items` for `/v1/items/42` and `/v1/items/create`. */
export function subjectOf(path: string): string | undefined {
  const end = path.search(/[?#]/);
  const segments = (end < 0 ? path : path.slice(0, end)).split('/');
  for (let at = segments.length - 1; at >= 0; at--) {
    const segment = segments[at]!;
    if (isNaming(segment) && !isVersion(segment) && !ACTIONS.has(segment.toLowerCase())) return segment;
  }
  return undefined;
}

/** Keys of the version of a resource: one for the resource at this path and one for any resource. */
export function versionKeys(kind: 'etag' | 'version', path: string): readonly string[] {
  const end = path.search(/[?#]/);
  return [`${kind}:${end < 0 ? path : path.slice(0, end)}`, `${kind}:`];
}

/** Whether a value is a URL, or a path with a leading slash. Its segments and parameters are then values too. */
export function isUrl(text: string): boolean {
  return (
    text.length <= LONGEST_URL && /^(?:[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#\s]*(?:$|[/?#])|[/?][^\s/])\S*$/i.test(text)
  );
}

const LONGEST_URL = 16_384;

/** The offset of the path in a URL. */
export function pathStart(url: string): number {
  const scheme = url.indexOf('://');
  if (scheme < 0) return 0;
  const rest = url.slice(scheme + 3).search(/[/?#]/);
  return rest < 0 ? url.length : scheme + 3 + rest;
}
