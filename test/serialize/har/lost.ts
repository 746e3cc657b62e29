// biome-ignore lint/suspicious/noExplicitAny: what a HAR looks like is tested with it
type Har = any;

/** Members that a HAR had and another has not, or not so; what docs/formats.md lists is left out. */
export function lost(before: Har, after: Har, path = ''): string[] {
  if (typeof before === 'number' && typeof after === 'number' && Math.abs(before - after) < 0.001) return [];
  if (typeof before !== 'object' || before === null)
    return before === after ? [] : [`${path}: ${JSON.stringify(before)} ${JSON.stringify(after)}`];
  if (typeof after !== 'object' || after === null) return [`${path}: ${JSON.stringify(before)?.slice(0, 80)}`];
  if (before.text !== undefined && !before.encoding && after.encoding === 'base64')
    return CHARSETS.some((charset) => textIn(charset, after.text) === before.text) ? [] : [`${path}.text`];
  if (before.encoding === 'base64' && Buffer.from(before.text, 'base64').toString() === after.text) return [];
  return Object.keys(before).flatMap((key) => {
    const at = `${path}.${key}`;
    if (/\.creator$|^\.log\.version$|\.(cookies|queryString|params)$/.test(at)) return [];
    return lost(before[key], after[key], at);
  });
}

/** Those of texts in the samples. */
const CHARSETS = ['iso-8859-1', 'shift_jis'];

function textIn(charset: string, base64: string): string {
  return new TextDecoder(charset).decode(Buffer.from(base64, 'base64'));
}
