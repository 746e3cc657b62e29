/** Parses content as JSON; undefined if it is not valid JSON. */
export type JsonReader = (content: Buffer) => unknown;

/** Creates a reader that parses each buffer once. Results are cached weakly, by buffer. */
export function createJsonReader(): JsonReader {
  const known = new WeakMap<Buffer, { value: unknown }>();
  return (content) => {
    let parsed = known.get(content);
    if (!parsed) {
      parsed = { value: parse(content) };
      known.set(content, parsed);
    }
    return parsed.value;
  };
}

function parse(content: Buffer): unknown {
  if (!mayBeJson(content)) return undefined;
  try {
    return JSON.parse(content.toString().replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** Judges by the first byte, to avoid parsing images and HTML. */
function mayBeJson(content: Buffer): boolean {
  const bom = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
  for (let at = bom; at < content.length; at++) {
    const byte = content[at]!;
    if (byte !== 32 && (byte < 9 || byte > 13)) return '{["-0123456789tfn'.includes(String.fromCharCode(byte));
  }
  return false;
}
