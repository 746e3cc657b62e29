import type { Location } from './path.js';

/** A name that RFC 9535 section 2.5.1.1 allows after a dot. */
const SHORTHAND = /^[A-Za-z_\u{80}-\u{D7FF}\u{E000}-\u{10FFFF}][\w\u{80}-\u{D7FF}\u{E000}-\u{10FFFF}]*$/u;

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  "'": "\\'",
  '\\': '\\\\',
};

/** A location as a normalized path (RFC 9535 section 2.7), such as `$['items'][0]`. */
export function normalizedPath(location: Location): string {
  return `$${location.map((key) => (typeof key === 'number' ? `[${key}]` : `['${escapeName(key)}']`)).join('')}`;
}

/** A location as a short path with the same meaning, such as `$.items[0]`. */
export function shortPath(location: Location): string {
  let path = '$';
  for (const key of location) path += typeof key === 'number' ? `[${key}]` : memberStep(key);
  return path;
}

/** The short path of the same place in all elements of arrays, such as `$.items[*].id`. */
export function groupPath(location: Location): string {
  let path = '$';
  for (const key of location) path += typeof key === 'number' ? '[*]' : memberStep(key);
  return path;
}

/** A member's step in a short path. */
export function memberStep(name: string): string {
  return SHORTHAND.test(name) ? `.${name}` : `['${escapeName(name)}']`;
}

function escapeName(name: string): string {
  return name.replace(
    /[\u0000-\u001f'\\]/g,
    (character) => ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
