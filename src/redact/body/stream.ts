import { plural } from '../../flow/text/plural.js';
import type { Searcher } from '../searcher.js';
import { applyToBytes, type Edit, fitted } from '../text/edits.js';
import type { Replace } from '../text/scan.js';
import { redactContent } from './content.js';
import type { ContentKind } from './content-kind.js';

/** Number of bytes after which a window is searched. */
const WINDOW = 256 * 1024;
/**
 * Number of bytes at the end of a window that are searched again with the next one, because a secret or its name may be cut off
 * there.
 */
const TAIL = 16 * 1024;
/** Number of bytes kept from before a window, as context for the first name in it. */
const LOOKBACK = 1024;
/** Maximum length of a secret. */
const LONGEST = 16 * 1024 * 1024;
/** Maximum size of content that has to be searched as a whole, such as forms and UTF-16. */
const WHOLE = 16 * 1024 * 1024;

/** The content cannot be searched. */
export class UnsearchableError extends Error {
  override name = 'UnsearchableError';

  constructor(readonly reason: string) {
    super(`The content cannot be searched: ${reason}`);
  }
}

export interface StreamOptions {
  readonly searcher: Searcher;
  readonly replace: Replace;
  /** The value of `Content-Type`. */
  readonly type: string | undefined;
  /** Maximum number of bytes of content. */
  readonly limit: number;
  /** Called with the name of each secret that was replaced. */
  readonly onFound: (name: string) => void;
}

/**
 * Redacts content of any size in windows. Secrets may extend over several chunks and windows.
 * @throws UnsearchableError; errors of the source pass through
 */
export async function* redactStream(chunks: AsyncIterable<Buffer>, options: StreamOptions): AsyncGenerator<Buffer> {
  const { limit, type, searcher } = options;
  let pending: Buffer[] = [];
  let size = 0;
  let total = 0;
  let search: WindowSearch | undefined;
  const joined = (): Buffer => (pending.length === 1 ? pending[0]! : Buffer.concat(pending, size));
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limit) throw new UnsearchableError(`longer than redact_limit (${plural(limit, 'byte')})`);
    pending.push(chunk);
    size += chunk.length;
    if (!search && size >= WINDOW) search = new WindowSearch(searcher.kinds.of(type, joined()), options);
    if (!search || size < search.wanted) continue;
    const { bytes, edits } = searched(search, false);
    if (bytes.length > 0) yield edits.length === 0 ? bytes : applyToBytes(bytes, edits);
  }
  search ??= new WindowSearch(searcher.kinds.of(type, joined()), options);
  if (search.isWhole) {
    const rest = joined();
    const { replace, onFound } = options;
    yield redactContent(searcher, rest, search.kind, replace, onFound)?.bytes ?? rest;
    return;
  }
  const { bytes, edits } = searched(search, true);
  if (bytes.length > 0) yield edits.length === 0 ? bytes : applyToBytes(bytes, edits);

  function searched(windows: WindowSearch, isLast: boolean): Searched {
    const bytes = joined();
    pending = [];
    size = 0;
    return windows.search(bytes, isLast);
  }
}

/** The bytes whose search is finished, and the edits in them. */
export interface Searched {
  readonly bytes: Buffer;
  readonly edits: readonly Edit[];
}

/** Searches content that arrives in pieces. */
export class WindowSearch {
  /** Minimum number of bytes of the next piece. */
  wanted: number;
  /** Whether the content has to be searched as a whole, by `redactContent`. */
  readonly isWhole: boolean;
  /** The end of the last window: bytes whose search is finished, as context, then bytes to search again. */
  private carry: Buffer = Buffer.alloc(0);
  private settled = 0;

  constructor(
    readonly kind: ContentKind,
    private readonly options: Pick<StreamOptions, 'searcher' | 'replace' | 'onFound'>,
    mayBeWhole = true,
  ) {
    const { searcher } = options;
    this.isWhole = mayBeWhole && (kind.isForm || kind.wide !== undefined || searcher.needsWhole(kind));
    this.wanted = this.isWhole ? WHOLE : WINDOW;
  }

  /** @returns the bytes whose search is now finished, following those of the last call @throws UnsearchableError */
  search(bytes: Buffer, isLast: boolean): Searched {
    if (this.isWhole && !isLast)
      throw new UnsearchableError(`longer than ${WHOLE} bytes, which cannot be searched in parts`);
    const { searcher, replace, onFound } = this.options;
    const { settled } = this;
    const window = this.carry.length > 0 ? Buffer.concat([this.carry, bytes]) : bytes;
    const edits = searcher.edits(window, this.kind.text, replace, settled);
    const border = isLast ? window.length : Math.max(settled, window.length - TAIL);
    const last = isLast ? edits.length - 1 : edits.findLastIndex(({ from }) => from < border);
    // The value of the last name may continue in the next window.
    const isOpen = !isLast && last >= 0 && edits[last]!.end === window.length;
    const open = isOpen ? edits[last]!.from : border;
    if (isOpen && window.length - open > LONGEST) throw new UnsearchableError('a value in it is too long');
    const settledEdits = edits.slice(0, isOpen ? last : last + 1);
    const taken = this.kind.isOpaque ? settledEdits.map(fitted) : settledEdits;
    const cut = Math.max(open, taken.at(-1)?.end ?? 0, settled);
    const keep = Math.max(0, cut - LOOKBACK);
    this.carry = window.subarray(keep);
    this.settled = cut - keep;
    this.wanted = isOpen ? Math.max(WINDOW, this.carry.length) : WINDOW;
    for (const { names } of taken) for (const name of names) onFound(name);
    const moved = settled === 0 ? taken : taken.map((edit) => moveBack(edit, settled));
    return { bytes: window.subarray(settled, cut), edits: moved };
  }
}

function moveBack(edit: Edit, by: number): Edit {
  return { ...edit, start: edit.start - by, end: edit.end - by };
}
