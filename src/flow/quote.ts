/** Characters of a quotation in a message. */
const LONGEST = 80;

/** Text from outside for a message: in quotes, on one line, with control characters escaped, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(cut(text)).replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The beginning of a text that may be long. */
export function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** What JSON leaves as it is, and a terminal does not: control characters, line ends, marks of direction. */
const UNSAFE = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
