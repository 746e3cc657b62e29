/**
 * Whether a file begins with two lengths and a key, as mitmproxy's do. It may be truncated. If it is damaged in one
 * place, something like the length of a value must follow.
 */
export function beginsLikeMitmproxy(beginning: Buffer): boolean {
  const text = beginning.toString('latin1');
  if (/^\d{1,12}:(?:$|\d{1,2}(?:$|:(?:$|[a-z_]+(?:$|[;,]))))/.test(text)) return true;
  if (/^\d{1,12}:\d{1,2}:[\s\S]{1,40}?[;,]\d{1,12}:/.test(text)) return true;
  return /^[\s\S]{0,16}(?:\d[\s\S]|[\s\S]:)(?:version|websocket|messages|response)[;,]\d{1,12}:/.test(text);
}
