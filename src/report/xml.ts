/**
 * Characters that XML 1.0 does not allow, even as references (section 2.2), C1 controls and DEL, which it discourages, and
 * lone surrogates, which have no encoding.
 */
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]|\p{Cs}/gu;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser turns these into spaces in an attribute (section 3.3.3), and a carriage return into a newline.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text for the content of an element. Characters that XML does not allow become `\x1b`, `\ud800`. */
export function xmlText(text: string): string {
  return text.replace(NOT_XML, escaped).replace(/[&<>\r]/g, reference);
}

/** ` name="value"` for each entry. */
export function xmlAttributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${attributeText(String(value))}"`)
    .join('');
}

function attributeText(text: string): string {
  return text.replace(NOT_XML, escaped).replace(/[&<>"\t\n\r]/g, reference);
}

function reference(character: string): string {
  return REFERENCES[character]!;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
}
