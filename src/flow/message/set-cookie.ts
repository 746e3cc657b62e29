import { fromWire } from '../text/wire-text.js';
import { parseCookieDate } from './cookie-date.js';
import { type CookiePair, formatPair, parsePair, splitAttribute, withValue } from './cookie-text.js';

/** The attributes of a cookie (RFC 6265bis section 4.1.2). */
export interface CookieAttributes {
  path?: string | undefined;
  domain?: string | undefined;
  expires?: Date | undefined;
  /** In seconds. */
  maxAge?: number | undefined;
  secure?: boolean | undefined;
  httpOnly?: boolean | undefined;
  sameSite?: 'Strict' | 'Lax' | 'None' | (string & {}) | undefined;
  partitioned?: boolean | undefined;
}

/** The `Set-Cookie` line behind a cookie. */
export interface CookieLine {
  /** The value of the `Set-Cookie` line. */
  readonly text: string;
  /** Replaces that value. */
  replace(text: string): void;
}

/**
 * A live view of one `Set-Cookie` line: setting a property changes only that part of the line. Set an attribute to undefined or
 * false to remove it. Attributes without a property here are kept; use `attributes` and `setAttribute` for them.
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
  /** @throws TypeError if it is not valid as the name of a cookie */
  set name(name: string) {
    this.edit((parts) => {
      parts[0] = formatPair(name, this.value);
    });
  }

  /** The value, not decoded: quotes and percent-escapes are part of it. */
  get value(): string {
    return this.pair.value;
  }
  /** @throws TypeError if it is not valid in a cookie */
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

  /** Undefined if it is missing or not a date. */
  get expires(): Date | undefined {
    const time = parseCookieDate(this.attribute('expires') ?? '');
    return time === undefined ? undefined : new Date(time);
  }
  set expires(expires: Date | undefined) {
    this.setAttribute('Expires', expires?.toUTCString());
  }

  /** In seconds; undefined if it is missing or not an integer. */
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

  /** `Strict`, `Lax` or `None`, in the spelling of the line. */
  get sameSite(): string | undefined {
    return this.attribute('samesite');
  }
  set sameSite(sameSite: string | undefined) {
    this.setAttribute('SameSite', sameSite);
  }

  /** Whether it is stored separately for each top-level site (CHIPS). */
  get partitioned(): boolean {
    return this.attribute('partitioned') !== undefined;
  }
  set partitioned(partitioned: boolean | undefined) {
    this.setAttribute('Partitioned', partitioned);
  }

  /** All attributes in the spelling of the line, in order. The value of an attribute without an equals sign is empty. */
  get attributes(): [name: string, value: string][] {
    return this.parts
      .slice(1)
      .map(attributeIn)
      .filter(({ name }) => name !== '')
      .map(({ name, value }) => [name, value]);
  }

  /** The value of the last attribute with this name, which is case-insensitive; empty if it has no equals sign. */
  attribute(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.attributes.findLast(([key]) => key.toLowerCase() === wanted)?.[1];
  }

  /**
   * Changes an attribute in place, or adds it at the end.
   * @param value true for an attribute without a value; undefined or false to remove it
   * @throws TypeError if it is not valid in a cookie
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

  /** Sets the given attributes and leaves the others. */
  assign(attributes: CookieAttributes): void {
    Object.assign(this, attributes);
  }

  /** The value of the line as it is sent. */
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

function attributeIn(part: string): CookiePair {
  const { name, value } = splitAttribute(part);
  return { name: fromWire(name), value: fromWire(value) };
}
