import type { Headers } from '../http/headers.js';
import { formatPair } from './cookie-text.js';
import { type CookieAttributes, type CookieLine, SetCookie } from './set-cookie.js';

/**
 * A live view of the cookies that a server sets, one per `Set-Cookie` line. A change alters only the line of its cookie.
 *
 * @example
 * for (const cookie of flow.response.cookies) cookie.secure = false;
 * flow.response.cookies.set('seen', '1', { path: '/', maxAge: 3600 });
 */
export class ResponseCookies implements Iterable<SetCookie> {
  /** @param fieldName for a new line: `Set-Cookie`, or `set-cookie` in HTTP/2 */
  constructor(
    private readonly headers: Headers,
    private readonly fieldName: string,
  ) {}

  /** The first cookie with this name. */
  get(name: string): SetCookie | undefined {
    for (const cookie of this) if (cookie.name === name) return cookie;
    return undefined;
  }

  /** All cookies with this name; there may be several, for different paths or domains. */
  getAll(name: string): SetCookie[] {
    return [...this].filter((cookie) => cookie.name === name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /**
   * Sets the value and the given attributes of the first cookie with this name, and removes other lines with it. If there is
   * no such cookie, one is added.
   * @throws TypeError if a part is not valid in a cookie
   */
  set(name: string, value: string, attributes: CookieAttributes = {}): void {
    const text = (line: string) => draft(line, (cookie) => Object.assign(cookie, { value, ...attributes }));
    if (!this.has(name)) return this.append(name, value, attributes);
    this.rewrite(name, (line, index) => (index === 0 ? text(line) : undefined));
  }

  /** Adds a `Set-Cookie` line. @throws TypeError if a part is not valid in a cookie */
  append(name: string, value: string, attributes: CookieAttributes = {}): void {
    const line = draft(formatPair(name, value), (cookie) => cookie.assign(attributes));
    this.headers.append(this.fieldName, line);
  }

  /**
   * Removes the lines of all cookies with this name. A client keeps its stored cookie: to delete that, set the cookie with an
   * `expires` in the past.
   * @returns whether a line was removed
   */
  delete(name: string): boolean {
    return this.rewrite(name, () => undefined);
  }

  *[Symbol.iterator](): IterableIterator<SetCookie> {
    let index = 0;
    for (const [name, value] of this.headers) {
      if (isSetCookie(name)) yield new SetCookie(new HeaderLine(this.headers, index, value));
      index++;
    }
  }

  /** The number of cookies. */
  get length(): number {
    return this.headers.getAll('set-cookie').length;
  }

  private rewrite(name: string, change: (line: string, index: number) => string | undefined): boolean {
    let index = 0;
    return this.headers.rewrite('set-cookie', (line) =>
      new SetCookie(new Draft(line)).name === name ? change(line, index++) : line,
    );
  }
}

/** A line that is not part of a message yet. */
class Draft implements CookieLine {
  constructor(public text: string) {}

  replace(text: string): void {
    this.text = text;
  }
}

function draft(text: string, change: (cookie: SetCookie) => void): string {
  const line = new Draft(text);
  change(new SetCookie(line));
  return line.text;
}

/** A `Set-Cookie` line of a message. It is found again after other lines moved, as long as its own text is the same. */
class HeaderLine implements CookieLine {
  constructor(
    private readonly headers: Headers,
    /** Index among all field lines. */
    private index: number,
    public text: string,
  ) {}

  /** @throws Error if the line was removed */
  replace(text: string): void {
    if (!this.isAt(this.index)) this.index = this.find();
    this.headers.setAt(this.index, text);
    this.text = text;
  }

  private find(): number {
    for (let index = 0; index < this.headers.length; index++) if (this.isAt(index)) return index;
    throw new Error('The response no longer sets this cookie');
  }

  private isAt(index: number): boolean {
    const field = this.headers.at(index);
    return field !== undefined && field[1] === this.text && isSetCookie(field[0]);
  }
}

function isSetCookie(name: string): boolean {
  return name.toLowerCase() === 'set-cookie';
}
