import { alignedPairs } from './pairs.js';
import { textDecoder } from './text.js';
import type { WholeView } from './view.js';

/** With more fields, the content is shown as text. */
const MAX_FIELDS = 10_000;

/** `application/x-www-form-urlencoded` (URL standard, section 5) as names and values. */
export const urlencodedView: WholeView = {
  name: 'urlencoded',
  whole: true,
  matchesType: (type) => type.essence === 'application/x-www-form-urlencoded',
  matchesContent: () => false,
  format(content, type) {
    const text = textDecoder(type).decode(content).trimEnd();
    // Some clients use this type as the default for any content.
    if (!/^[^{[<\s"=][^\s"=]*=/.test(text) || fieldCount(text) > MAX_FIELDS) return undefined;
    // Without the `&`, the parser would drop a leading question mark, which is part of the name here.
    return alignedPairs([...new URLSearchParams(`&${text}`)]);
  },
};

function fieldCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) count++;
  return count;
}
