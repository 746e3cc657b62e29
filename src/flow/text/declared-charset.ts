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
  // A declaration that can be read as ASCII is not in UTF-16.
  return charset !== undefined && /^utf-?16/i.test(charset) ? 'utf-8' : charset;
}

function markupCharset(start: string, isHtml: boolean): string | undefined {
  if (start.trimStart().startsWith('<?xml')) {
    const declaration = start.slice(0, start.indexOf('?>') + 1);
    return /\sencoding\s?=\s?["']([\w.:-]+)/.exec(declaration)?.[1];
  }
  return isHtml ? metaCharset(start) : undefined;
}

/** The charset of the first `<meta charset="…">` or `<meta http-equiv="Content-Type" content="…; charset=…">`. */
function metaCharset(start: string): string | undefined {
  for (const tag of start.split(/<meta[\s/]/i).slice(1)) {
    const [, charset] = /\bcharset\s?=\s?["']?([\w.:-]+)/i.exec(tag.slice(0, tag.indexOf('>') + 1)) ?? [];
    if (charset !== undefined) return charset;
  }
  return undefined;
}
