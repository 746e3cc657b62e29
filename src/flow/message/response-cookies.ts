import type { Headers } from '../http/headers.js';
import { formatPair } from './cookie-text.js';
import { type CookieAttributes, type CookieLine, SetCookie } from './set-cookie.js';

/**
 * The cookies that a server sets, live: one for each `Set-Cookie` line. A change alters only the line that it is about.
 *
 * @example
 * for (const cookie of flow.response.cookies) cookie.secure = false;
 * flow.response.cookies.set('seen', '1', { path: '/', maxAge: 3600 });
 */
export class ResponseCookies implements Iterable<SetCookie> {
  /** @param fieldName of a new line: `Set-Cookie`, or `set-cookie` in HTTP/2 */
  constructor(
    private readonly headers: Headers,
    private readonly fieldName: string,
  ) {}

  /** The first cookie with this name. */
  get(name: string): SetCookie | undefined {
    for (const cookie of this) if (cookie.name === name) return cookie;
    return undefined;
  }

  /** All cookies with this name: there may be several for other paths or domains. */
  getAll(name: string): SetCookie[] {
    return [...this].filter((cookie) => cookie.name === name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /**
   * Changes the value of a cookie, and those attributes that are given; other lines with the name go. One that is not there is
   * added.
   * @throws TypeError if a part cannot stand in a cookie
   */
  set(name: string, value: string, attributes: CookieAttributes = {}): void {
    const text = (line: string) => draft(line, (cookie) => Object.assign(cookie, { value, ...attributes }));
    if (!this.has(name)) return this.append(name, value, attributes);
    this.rewrite(name, (line, index) => (index === 0 ? text(line) : undefined));
  }

  /** Adds a `Set-Cookie` line. @throws TypeError if a part cannot stand in a cookie */
  append(name: string, value: string, attributes: CookieAttributes = {}): void {
    const line = draft(formatPair(name, value), (cookie) => cookie.assign(attributes));
    this.headers.append(this.fieldName, line);
  }

  /** Removes the lines of all cookies with this name, and says whether there were any. To make a client forget one, expire it. */
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

/** A line that stands nowhere yet. */
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

/** A `Set-Cookie` line of a message. It is found again as long as it is not changed in another way. */
class HeaderLine implements CookieLine {
  constructor(
    private readonly headers: Headers,
    /** Among all lines. */
    private index: number,
    public text: string,
  ) {}

  /** @throws Error if the line is not there any more */
  replace(text: string): void {
    if (!this.isAt(this.index)) this.index = this.find();
    this.headers.setAt(this.index, text);
    this.text = text;
  }

  private find(): number {
    for (let index = 0; index < this.headers.length; index++) if (this.isAt(index)) return index;
    throw new Error('The response does not set this cookie any more');
  }

  private isAt(index: number): boolean {
    const field = this.headers.at(index);
    return field !== undefined && field[1] === this.text && isSetCookie(field[0]);
  }
}

function isSetCookie(name: string): boolean {
  return name.toLowerCase() === 'set-cookie';
}
