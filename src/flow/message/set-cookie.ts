import { type CookiePair, formatPair, parsePair, withValue } from './cookie-text.js';

/** The attributes of a cookie (RFC 6265bis section 4.1.2). */
export interface CookieAttributes {
  path?: string | undefined;
  domain?: string | undefined;
  expires?: Date | undefined;
  /** Seconds. */
  maxAge?: number | undefined;
  secure?: boolean | undefined;
  httpOnly?: boolean | undefined;
  sameSite?: 'Strict' | 'Lax' | 'None' | (string & {}) | undefined;
  partitioned?: boolean | undefined;
}

/** Where the line of a cookie stands. */
export interface CookieLine {
  /** The value of the `Set-Cookie` line. */
  readonly text: string;
  /** Puts another value in its place. */
  replace(text: string): void;
}

/**
 * One `Set-Cookie` line, live: its properties read from it, and setting one changes only that part of it. An attribute that is
 * set to undefined or false is removed. Attributes that have no property here are kept; `attributes` and `setAttribute` reach
 * them.
 *
 * @example
 * const cookie = flow.response.cookies.get('session');
 * if (cookie) cookie.sameSite = 'None'; // session=1; Path=/; SameSite=Lax becomes session=1; Path=/; SameSite=None
 */
export class SetCookie implements CookieAttributes {
  constructor(private readonly line: CookieLine) {}

  get name(): string {
    return this.pair.name;
  }
  /** @throws TypeError if it cannot be the name of a cookie */
  set name(name: string) {
    this.edit((parts) => {
      parts[0] = formatPair(name, this.value);
    });
  }

  /** As it stands there: quotes and percent signs belong to it. */
  get value(): string {
    return this.pair.value;
  }
  /** @throws TypeError if it cannot stand in a cookie */
  set value(value: string) {
    if (value === this.value) return;
    this.edit((parts) => {
      parts[0] = withValue(parts[0]!, value);
    });
  }

  get path(): string | undefined {
    return this.attribute('path');
  }
  set path(path: string | undefined) {
    this.setAttribute('Path', path);
  }

  get domain(): string | undefined {
    return this.attribute('domain');
  }
  set domain(domain: string | undefined) {
    this.setAttribute('Domain', domain);
  }

  /** Undefined as well if it is no date. */
  get expires(): Date | undefined {
    const time = Date.parse(this.attribute('expires') ?? '');
    return Number.isNaN(time) ? undefined : new Date(time);
  }
  set expires(expires: Date | undefined) {
    this.setAttribute('Expires', expires?.toUTCString());
  }

  /** Seconds; undefined as well if it is no whole number. */
  get maxAge(): number | undefined {
    const text = this.attribute('max-age');
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  }
  set maxAge(seconds: number | undefined) {
    this.setAttribute('Max-Age', seconds === undefined ? undefined : String(Math.trunc(seconds)));
  }

  get secure(): boolean {
    return this.attribute('secure') !== undefined;
  }
  set secure(secure: boolean | undefined) {
    this.setAttribute('Secure', secure);
  }

  get httpOnly(): boolean {
    return this.attribute('httponly') !== undefined;
  }
  set httpOnly(httpOnly: boolean | undefined) {
    this.setAttribute('HttpOnly', httpOnly);
  }

  /** `Strict`, `Lax` or `None` as it is written. */
  get sameSite(): string | undefined {
    return this.attribute('samesite');
  }
  set sameSite(sameSite: string | undefined) {
    this.setAttribute('SameSite', sameSite);
  }

  /** Whether it is kept apart for each top-level site (CHIPS). */
  get partitioned(): boolean {
    return this.attribute('partitioned') !== undefined;
  }
  set partitioned(partitioned: boolean | undefined) {
    this.setAttribute('Partitioned', partitioned);
  }

  /** All attributes as they are written, in order; the value of one without an equals sign is empty. */
  get attributes(): [name: string, value: string][] {
    return this.parts
      .slice(1)
      .map(attributeIn)
      .filter(({ name }) => name !== '')
      .map(({ name, value }) => [name, value]);
  }

  /** The value of the last attribute with this name, in any case; of one without an equals sign it is empty. */
  attribute(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.attributes.findLast(([key]) => key.toLowerCase() === wanted)?.[1];
  }

  /**
   * Changes an attribute where it stands, or adds it at the end.
   * @param value true for one without a value; undefined or false to remove it
   * @throws TypeError if it cannot stand in a cookie
   */
  setAttribute(name: string, value: string | boolean | undefined): void {
    const wanted = name.toLowerCase();
    const isNamed = (part: string, at: number) => at > 0 && attributeIn(part).name.toLowerCase() === wanted;
    if (value === undefined || value === false) {
      this.edit((parts) => {
        for (let at = parts.length - 1; at > 0; at--) if (isNamed(parts[at]!, at)) parts.splice(at, 1);
      });
      return;
    }
    if (this.attribute(name) === (value === true ? '' : value)) return;
    this.edit((parts) => {
      const at = parts.findLastIndex(isNamed);
      const written = at < 0 ? name : attributeIn(parts[at]!).name;
      const text = ` ${value === true ? formatPair('', written) : formatPair(written, value)}`;
      if (at >= 0) parts[at] = text;
      else if (parts.length > 1 && parts.at(-1)!.trim() === '') parts[parts.length - 1] = text;
      else parts.push(text);
    });
  }

  /** Changes those attributes that are given. */
  assign(attributes: CookieAttributes): void {
    Object.assign(this, attributes);
  }

  /** The line as it is sent. */
  toString(): string {
    return this.line.text;
  }

  private get parts(): string[] {
    return this.line.text.split(';');
  }

  private get pair(): CookiePair {
    return parsePair(this.parts[0]!);
  }

  /** @param change alters the parts between the semicolons */
  private edit(change: (parts: string[]) => void): void {
    const { parts } = this;
    change(parts);
    const text = parts.join(';');
    if (text !== this.line.text) this.line.replace(text);
  }
}

/** An attribute without an equals sign is all name. */
function attributeIn(part: string): CookiePair {
  const { name, value } = parsePair(part);
  return part.includes('=') ? { name, value } : { name: value, value: '' };
}
