import { redactPairs } from '../pairs.js';
import type { Searcher } from '../searcher.js';
import { applyToBytes, type Edit, fitted } from '../text/edits.js';
import type { Replace } from '../text/scan.js';
import type { ContentKind } from './content-kind.js';

/**
 * Redacts content that is in memory as a whole.
 * @param onFound called with the name of each secret that was replaced
 * @returns undefined if it contains no secret
 */
export function redactContent(
  searcher: Searcher,
  content: Buffer,
  kind: ContentKind,
  replace: Replace,
  onFound: (name: string) => void,
): { bytes: Buffer; edits: readonly Edit[] } | undefined {
  if (kind.wide) {
    const narrow = narrowed(content, kind.wide);
    const found = redactContent(searcher, narrow, { ...kind, wide: undefined }, replace, onFound);
    return found && { bytes: widened(found.bytes, kind.wide), edits: [] };
  }
  let bytes = content;
  let formText: string | undefined;
  if (kind.isForm) {
    const counted: Replace = (secret, name) => {
      onFound(name);
      return replace(secret, name);
    };
    formText = redactPairs(searcher.scanner, content.toString('latin1'), counted);
    if (formText !== undefined) bytes = Buffer.from(formText, 'latin1');
  }
  const found = kind.isForm ? searcher.customEdits(bytes, replace) : searcher.edits(bytes, kind.text, replace);
  const edits = kind.isOpaque ? found.map(fitted) : found;
  for (const { names } of edits) for (const name of names) onFound(name);
  if (edits.length === 0) return bytes === content ? undefined : { bytes, edits: [] };
  return { bytes: applyToBytes(bytes, edits), edits: bytes === content ? edits : [] };
}

function narrowed(content: Buffer, charset: 'utf-16le' | 'utf-16be'): Buffer {
  return Buffer.from(new TextDecoder(charset, { ignoreBOM: true }).decode(content));
}

function widened(content: Buffer, charset: 'utf-16le' | 'utf-16be'): Buffer {
  const bytes = Buffer.from(content.toString(), 'utf16le');
  return charset === 'utf-16le' ? bytes : bytes.swap16();
}
