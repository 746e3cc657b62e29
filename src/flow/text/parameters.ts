/** A parameter of a field value, such as the charset of `Content-Type` (RFC 9110 section 5.6.6). */
interface Parameter {
  /** In lower case. */
  name: string;
  value: string;
  /** Position of the value in the text, quotes included. */
  start: number;
  end: number;
}

/** The unquoted value of the first parameter with a name. @param name in lower case */
export function parameterOf(text: string, name: string): string | undefined {
  return find(text, name)?.value;
}

/**
 * Sets a parameter, or adds it at the end; the rest of the text is unchanged.
 * @param name in lower case
 * @param value quoted if it is not a token
 */
export function withParameter(text: string, name: string, value: string): string {
  const found = find(text, name);
  const isQuoted = (found && text[found.start] === '"') || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value);
  const written = isQuoted ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
  if (found) return text.slice(0, found.start) + written + text.slice(found.end);
  return `${text}; ${name}=${written}`;
}

/** The part before the parameters, in lower case: `text/html`, `form-data`. */
export function essenceOf(text: string | undefined): string {
  const end = text?.indexOf(';') ?? -1;
  return (end < 0 ? text : text!.slice(0, end))?.trim().toLowerCase() ?? '';
}

function find(text: string, name: string): Parameter | undefined {
  for (let at = text.indexOf(';'); at >= 0 && at < text.length; ) {
    const equals = endOfName(text, at + 1);
    if (text[equals] !== '=') {
      at = equals;
      continue;
    }
    const parameter = readValue(
      text,
      text
        .slice(at + 1, equals)
        .trim()
        .toLowerCase(),
      equals + 1,
    );
    if (parameter.name === name) return parameter;
    at = text.indexOf(';', parameter.end);
  }
  return undefined;
}

/** The end of the name: its equals sign, or the semicolon of a parameter without a value. */
function endOfName(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '=' && text[at] !== ';') at++;
  return at;
}

function readValue(text: string, name: string, from: number): Parameter {
  let start = from;
  while (text[start] === ' ' || text[start] === '\t') start++;
  if (text[start] === '"') return readQuoted(text, name, start);
  const semicolon = text.indexOf(';', start);
  let end = semicolon < 0 ? text.length : semicolon;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return { name, value: text.slice(start, end), start, end };
}

/** A backslash escapes only quotes and backslashes: old browsers send Windows paths unescaped. */
function readQuoted(text: string, name: string, start: number): Parameter {
  let value = '';
  let at = start + 1;
  for (; at < text.length && text[at] !== '"'; at++) {
    const next = text[at + 1];
    if (text[at] === '\\' && (next === '"' || next === '\\')) at++;
    value += text[at];
  }
  return { name, value, start, end: Math.min(at + 1, text.length) };
}
