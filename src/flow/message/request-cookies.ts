import type { Headers } from '../http/headers.js';
import { trimFolds } from '../text/white-space.js';
import { type CookiePair, formatPair, parsePair, withValue } from './cookie-text.js';
import { entriesOf, type PairChange, Pairs, type PairsInit, valuesOf } from './pairs.js';

/**
 * A live view of the cookies that a client sends (RFC 6265 section 4.2), on one or more `Cookie` lines. Values are not decoded:
 * quotes and percent-escapes are part of them.
 *
 * @example
 * flow.request.cookies.set('session', 'abc');
 * flow.request.cookies.delete('tracking');
 */
export class RequestCookies extends Pairs {
  /** @param fieldName for a new line: `Cookie`, or `cookie` in HTTP/2 */
  constructor(
    private readonly headers: Headers,
    private readonly fieldName: string,
  ) {
    super();
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (const line of this.headers.getAll('cookie')) {
      for (const part of line.split(';')) {
        const pair = cookieIn(part);
        if (pair) yield [pair.name, pair.value];
      }
    }
  }

  /** @throws TypeError if the name or the value is not valid in a `Cookie` line */
  append(name: string, value: string): void {
    const text = formatPair(name, value);
    const last = this.headers.getAll('cookie').length - 1;
    if (last < 0) this.headers.append(this.fieldName, text);
    else this.headers.rewrite('cookie', (line, index) => (index === last ? joined(line, text) : line));
  }

  /** @throws TypeError if a value is not valid in a `Cookie` line */
  rewrite(name: string, change: PairChange): boolean {
    let index = 0;
    return this.headers.rewrite('cookie', (line) => {
      let isChanged = false;
      const parts: string[] = [];
      for (const part of line.split(';')) {
        const pair = cookieIn(part);
        const value = pair?.name === name ? change(pair.value, index++) : pair?.value;
        if (value === pair?.value) {
          parts.push(part);
          continue;
        }
        isChanged = true;
        for (const [at, text] of valuesOf(value).entries()) {
          const place = at === 0 || part.startsWith(' ') ? part : ` ${part}`;
          parts.push(withValue(place, text));
        }
      }
      if (!isChanged) return line;
      const text = trimFolds(parts.join(';'));
      return text === '' ? undefined : text;
    });
  }

  /** @throws TypeError if a name or a value is not valid in a `Cookie` line */
  replace(pairs: PairsInit): void {
    const text = Array.from(entriesOf(pairs), ([name, value]) => formatPair(name, value)).join('; ');
    if (text === '') this.headers.delete('cookie');
    else this.headers.set(this.headers.has('cookie') ? 'cookie' : this.fieldName, text);
  }
}

function cookieIn(part: string): CookiePair | undefined {
  const pair = parsePair(part);
  return pair.name === '' && pair.value === '' ? undefined : pair;
}

function joined(line: string, text: string): string {
  const before = trimFolds(line);
  if (before === '') return text;
  return before.endsWith(';') ? `${before} ${text}` : `${before}; ${text}`;
}
