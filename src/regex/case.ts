/**
 * The characters that differ from this one only in case, as Python's `re` sees it: all that have the same lower case, and a few
 * letters with several lower cases. It is an equivalence: if `ς` is a variant of `Σ`, then `Σ` is one of `ς`.
 * @param unicode whether case goes beyond ASCII
 */
export function caseVariants(code: number, unicode: boolean): readonly number[] {
  const listed = unicode ? LISTED.get(code) : undefined;
  if (listed) return listed;
  if (code < 128) return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) ? [code ^ 0x20] : [];
  if (!unicode) return [];
  const character = String.fromCodePoint(code);
  return [character.toLowerCase(), character.toUpperCase()].flatMap(onlyCharacter).filter((other) => other !== code);
}

/** The characters beyond ASCII that are variants of ASCII letters: İ, ı, ſ and the Kelvin sign. */
export const VARIANTS_OF_ASCII: readonly number[] = [0x130, 0x131, 0x17f, 0x212a];

/**
 * Letters with more than one variant, and those whose variant JavaScript's mappings do not give, because the upper case has
 * several characters (`ᾀ`) or the mapping has no inverse (`ẞ`, the Ohm sign). Computed from Python 3.11.
 */
const CLASSES =
  '\u0130iI\u0131 kK\u212a sS\u017f \u00b5\u039c\u03bc \u00e5\u00c5\u212b \u00df\u1e9e \u01c4\u01c5\u01c6 \u01c7\u01c8\u01c9 ' +
  '\u01ca\u01cb\u01cc \u01f1\u01f2\u01f3 \u0345\u0399\u03b9\u1fbe \u0390\u1fd3 \u0392\u03b2\u03d0 \u0395\u03b5\u03f5 ' +
  '\u0398\u03b8\u03d1\u03f4 \u039a\u03ba\u03f0 \u03a0\u03c0\u03d6 \u03a1\u03c1\u03f1 \u03a3\u03c2\u03c3 \u03a6\u03c6\u03d5 ' +
  '\u03a9\u03c9\u2126 \u03b0\u1fe3 \u0412\u0432\u1c80 \u0414\u0434\u1c81 \u041e\u043e\u1c82 \u0421\u0441\u1c83 ' +
  '\u0422\u0442\u1c84\u1c85 \u042a\u044a\u1c86 \u0462\u0463\u1c87 \u1c88\ua64a\ua64b \u1e60\u1e61\u1e9b \u1fb3\u1fbc ' +
  '\u1fc3\u1fcc \u1ff3\u1ffc \ufb05\ufb06';

/** The Greek letters with an iota below: eight small ones, then the eight capital ones. */
const IOTA_BLOCKS = [0x1f80, 0x1f90, 0x1fa0];

const LISTED: ReadonlyMap<number, readonly number[]> = listVariants();

function listVariants(): Map<number, number[]> {
  const pairs = IOTA_BLOCKS.flatMap((block) => Array.from({ length: 8 }, (_, at) => [block + at, block + at + 8]));
  const classes = [...CLASSES.split(' ').map((text) => [...text].map((char) => char.codePointAt(0)!)), ...pairs];
  return new Map(classes.flatMap((all) => all.map((code) => [code, all.filter((other) => other !== code)])));
}

/** The code point of a one-character string. Longer mappings (ŉ to ʼN) are not simple case folding. */
function onlyCharacter(text: string): number[] {
  const code = text.codePointAt(0);
  return code !== undefined && String.fromCodePoint(code) === text ? [code] : [];
}
