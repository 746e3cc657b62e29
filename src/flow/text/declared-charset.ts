/** Number of bytes at the start of a document that are searched, as in the HTML standard. */
const PRESCAN = 1024;

/**
 * The charset that a document declares in itself: `<meta charset>` of HTML, the declaration of XML, `@charset` of CSS.
 * @param essence media type, `type/subtype` in lower case
 * @param document or its beginning; in bytes, ASCII characters are searched
 */
export function declaredCharset(essence: string, document: Buffer | string): string | undefined {
  const isCss = essence === 'text/css';
  const isHtml = essence === 'text/html';
  if (!isCss && !isHtml && !/[/+]xml$/.test(essence)) return undefined;
  const start = typeof document === 'string' ? document.slice(0, PRESCAN) : document.toString('latin1', 0, PRESCAN);
  const charset = isCss ? /^@charset "([^"]+)";/.exec(start)?.[1] : markupCharset(start, isHtml);
  if (charset === undefined) return undefined;
  // A declaration that can be read as ASCII is not in UTF-16.
  if (/^utf[-_]?16/i.test(charset)) return 'utf-8';
  return charset.toLowerCase() === 'x-user-defined' ? 'windows-1252' : charset;
}

function markupCharset(start: string, isHtml: boolean): string | undefined {
  return (isHtml ? metaCharset(start) : undefined) ?? xmlEncoding(start);
}

function xmlEncoding(start: string): string | undefined {
  if (!start.trimStart().startsWith('<?xml')) return undefined;
  const declaration = start.slice(0, start.indexOf('?>') + 1);
  return /\sencoding\s?=\s?["']([\w.:-]+)/.exec(declaration)?.[1];
}

/** The charset of the first `<meta charset="…">` or `<meta http-equiv="Content-Type" content="…; charset=…">`. */
function metaCharset(start: string): string | undefined {
  for (const tag of withoutComments(start)
    .split(/<meta(?=[\s/])/i)
    .slice(1)) {
    const attributes = attributesOf(tag.slice(0, tag.indexOf('>') + 1));
    const isType = attributes.get('http-equiv')?.toLowerCase() === 'content-type';
    const charset = attributes.get('charset') ?? (isType ? charsetWithin(attributes.get('content') ?? '') : undefined);
    if (charset !== undefined && charset.trim() !== '') return charset.trim();
  }
  return undefined;
}

function withoutComments(text: string): string {
  const [first = '', ...others] = text.split('<!--');
  return first + others.map((each) => (each.includes('-->') ? each.slice(each.indexOf('-->') + 3) : '')).join('');
}

/** @param tag the attributes of a tag, and its end */
function attributesOf(tag: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single, plain] of tag.matchAll(
    /(?<![^\s"'/])([^\s"'<>/=]+)\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g,
  )) {
    if (!attributes.has(name.toLowerCase())) attributes.set(name.toLowerCase(), double ?? single ?? plain ?? '');
  }
  return attributes;
}

function charsetWithin(content: string): string | undefined {
  return /charset\s?=\s?["']?([^\s"';]+)/i.exec(content)?.[1];
}
