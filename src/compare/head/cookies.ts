import { type CookieLine, SetCookie } from '../../flow/message/set-cookie.js';
import { type Difference, shorten } from '../difference.js';
import type { Equality } from '../equality.js';

/** Compares `Set-Cookie` fields cookie by cookie: the value, and each attribute. */
export function compareCookies(was: readonly string[], now: readonly string[], equality: Equality): Difference[] {
  const before = cookiesOf(was);
  const after = cookiesOf(now);
  const differences: Difference[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const found = compareCookie(name, before.get(name), after.get(name), equality);
    if (found.length > 0 && !equality.rules.ignores('cookie', name)) differences.push(...found);
  }
  return differences;
}

/** Cookies by name. Of several with one name the last wins, as in browsers. */
function cookiesOf(lines: readonly string[]): Map<string, SetCookie> {
  return new Map(lines.map((text) => [new SetCookie(new Line(text)).name, new SetCookie(new Line(text))]));
}

function compareCookie(
  name: string,
  was: SetCookie | undefined,
  now: SetCookie | undefined,
  equality: Equality,
): Difference[] {
  const differences: Difference[] = [];
  const place = `set-cookie ${name}`;
  if (!was || !now || !equality.named('cookie', name, was.value, now.value)) {
    const values = { place: `cookie:${name}`, recorded: was?.value, replayed: now?.value };
    const shown = (cookie: SetCookie | undefined) => cookie && shorten(cookie.value);
    differences.push({ kind: 'headers', place, group: place, was: shown(was), now: shown(now), values });
  }
  if (!was || !now) return differences;
  const before = attributesOf(was);
  const after = attributesOf(now);
  for (const attribute of new Set([...before.keys(), ...after.keys()])) {
    const recorded = before.get(attribute);
    const replayed = after.get(attribute);
    if (recorded === replayed || (recorded && replayed && equality.texts(recorded, replayed))) continue;
    const where = `${place}; ${attribute}`;
    differences.push({ kind: 'headers', place: where, group: where, was: recorded, now: replayed });
  }
  return differences;
}

/** The attributes. Expiry is reduced to whether it has passed, which is how cookies are deleted. */
function attributesOf(cookie: SetCookie): Map<string, string> {
  const attributes = new Map(
    cookie.attributes.map(([name, value]) => [name.toLowerCase(), value === '' ? 'set' : shorten(value)]),
  );
  const { expires } = cookie;
  if (expires) attributes.set('expires', expires.getTime() < DELETED ? 'in the past' : 'a date');
  return attributes;
}

/** Servers delete cookies with a date long ago. A capture may be old, so its dates are not compared with the current time. */
const DELETED = Date.UTC(2000, 0);

class Line implements CookieLine {
  constructor(readonly text: string) {}

  replace(): void {
    throw new TypeError('This cookie cannot be changed');
  }
}
