import picomatch from 'picomatch';
import type { HttpRequest } from '../../flow/index.js';
import { quote } from '../../flow/text/quote.js';
import { compileTextRegex, type TextTest } from '../../regex/index.js';
import type { ExpressionCursor } from '../cursor.js';
import type { FilterSettings } from '../operators/operator.js';
import { fromUtf8, someHost } from '../subjects/target.js';

const EXPECTED = "a glob such as 'api.example.com/v1/**', '*.example.com' or '/static/**'";
/** The result of picomatch for an invalid glob. */
const NEVER = '$^';

/**
 * Reads a glob for the host and path of a request. A glob that begins with `/` matches the path alone, one without `/`
 * the host alone. A scheme and a port are compared if the glob has them; the query is never compared.
 * @throws FilterError
 */
export function readGlob(cursor: ExpressionCursor, settings: FilterSettings): (request: HttpRequest) => boolean {
  const start = cursor.at;
  const text = cursor.piece()?.text;
  if (!text) throw cursor.error(start, 'the glob is missing', EXPECTED);
  const [, scheme, glob] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text)!;
  const test = compileGlob(glob!, settings);
  if (!test) throw cursor.error(start, `${quote(text)} is not a valid glob`, EXPECTED);
  const matches = matcher(glob!, test);
  const wanted = scheme?.toLowerCase();
  return (request) => (wanted === undefined || request.scheme === wanted) && matches(request);
}

function matcher(glob: string, test: TextTest): (request: HttpRequest) => boolean {
  if (glob.startsWith('/')) return (request) => test(pathOf(request));
  const withPath = glob.includes('/');
  const withPort = /^[^/]*:(?:\d+|\*)(?:\/|$)/.test(glob);
  return (request) => {
    const path = withPath ? pathOf(request) : '';
    return someHost(request, (host, port) => test(`${host}${withPort ? `:${port}` : ''}${path}`));
  };
}

function pathOf(request: HttpRequest): string {
  const { path } = request;
  const query = path.indexOf('?');
  return fromUtf8(query < 0 ? path : path.slice(0, query));
}

/**
 * Compiles a glob in picomatch's syntax. It runs on our own regex engine, so that no path takes super-linear time.
 * @returns undefined if the glob is invalid
 */
export function compileGlob(glob: string, settings: Pick<FilterSettings, 'caseSensitive'>): TextTest | undefined {
  if (glob === '') return undefined;
  try {
    const { source } = picomatch.makeRe(glob, { dot: true });
    if (source === NEVER) return undefined;
    return compileTextRegex(source, { ignoreCase: !settings.caseSensitive, multiline: false, dotAll: true });
  } catch {
    return undefined;
  }
}
