import { type ContentKind, contentKind, redactContent } from './content.js';
import { applyToBytes, type Edit } from './text/edits.js';
import type { Replace } from './text/scan.js';
import type { TextScanner } from './text/text-scanner.js';

/** Bytes that are searched at once. */
const WINDOW = 256 * 1024;
/** Bytes at the end of a window that wait for what follows, as a secret or its name may end there. */
const TAIL = 16 * 1024;
/** Bytes before a window that show what stands before its first name. */
const LOOKBACK = 1024;
/** Longest secret. */
const LONGEST = 16 * 1024 * 1024;
/** Forms and wide characters up to this size are searched as a whole. */
const WHOLE = 16 * 1024 * 1024;

/** Content cannot be searched. */
export class UnsearchableError extends Error {
  override name = 'UnsearchableError';

  constructor(readonly reason: string) {
    super(`The content cannot be searched: ${reason}`);
  }
}

interface StreamOptions {
  readonly scanner: TextScanner;
  readonly replace: Replace;
  /** The value of `Content-Type`. */
  readonly type: string | undefined;
  /** Most bytes of content. */
  readonly limit: number;
  readonly onKind?: (kind: ContentKind) => void;
  /** Called with the name of each secret that was replaced. */
  readonly onFound?: (name: string) => void;
}

/**
 * Redacts content of any size, window by window; secrets may stand across the borders of chunks and windows.
 * @throws UnsearchableError; errors of the source pass through
 */
export async function* redactStream(chunks: AsyncIterable<Buffer>, options: StreamOptions): AsyncGenerator<Buffer> {
  const { limit, onKind, type } = options;
  let redaction: WindowRedaction | undefined;
  let pending: Buffer[] = [];
  let size = 0;
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limit) throw new UnsearchableError(`it is longer than redact_limit (${limit} bytes)`);
    pending.push(chunk);
    size += chunk.length;
    if (size < (redaction?.wanted ?? WINDOW)) continue;
    redaction ??= begin(Buffer.concat(pending, size));
    yield* redaction.push(Buffer.concat(pending, size));
    pending = [];
    size = 0;
  }
  const rest = Buffer.concat(pending, size);
  redaction ??= begin(rest);
  yield* redaction.end(rest);

  function begin(first: Buffer): WindowRedaction {
    const kind = contentKind(type, first);
    onKind?.(kind);
    return new WindowRedaction(kind, options);
  }
}

class WindowRedaction {
  /** Bytes that the next window should have at least. */
  wanted: number;
  /** Bytes that were searched but not given out, behind those that were. */
  private carry: Buffer = Buffer.alloc(0);
  /** Bytes at the beginning of `carry` that were given out. */
  private lookback = 0;
  private readonly isWhole: boolean;

  constructor(
    private readonly kind: ContentKind,
    private readonly options: StreamOptions,
  ) {
    this.isWhole = kind.isForm || kind.wide !== undefined;
    this.wanted = this.isWhole ? WHOLE : WINDOW;
  }

  *push(bytes: Buffer): Generator<Buffer> {
    if (this.isWhole) throw new UnsearchableError(`a form or UTF-16 text of more than ${WHOLE} bytes`);
    const window = this.carry.length > 0 ? Buffer.concat([this.carry, bytes]) : bytes;
    const edits = this.scan(window);
    const border = window.length - TAIL;
    const last = edits.findLastIndex(({ from }) => from < border);
    // The value of the last name may go on in the next window.
    const open = last >= 0 && edits[last]!.end === window.length ? edits[last]! : undefined;
    if (open && window.length - open.from > LONGEST) throw new UnsearchableError('a value in it is too long');
    const taken = edits.slice(0, open ? last : last + 1);
    const cut = Math.max(open ? open.from : border, taken.at(-1)?.end ?? 0, this.lookback);
    yield* this.give(window, cut, taken);
    const keep = Math.max(0, cut - LOOKBACK);
    this.carry = window.subarray(keep);
    this.lookback = cut - keep;
    this.wanted = open ? Math.max(WINDOW, this.carry.length) : WINDOW;
  }

  *end(bytes: Buffer): Generator<Buffer> {
    const { scanner, replace } = this.options;
    if (this.isWhole) {
      const noted: Replace = (secret, name) => {
        this.options.onFound?.(name);
        return replace(secret, name);
      };
      yield redactContent(scanner, bytes, this.kind, noted)?.bytes ?? bytes;
      return;
    }
    const window = this.carry.length > 0 ? Buffer.concat([this.carry, bytes]) : bytes;
    yield* this.give(window, window.length, this.scan(window));
  }

  private scan(window: Buffer): Edit[] {
    const { scanner, replace } = this.options;
    return scanner.scanBytes(window, this.kind.text, replace, this.lookback);
  }

  /** Gives out what is behind the lookback, up to `cut`. */
  private *give(window: Buffer, cut: number, edits: readonly Edit[]): Generator<Buffer> {
    const { lookback } = this;
    const part = window.subarray(lookback, cut);
    if (edits.length === 0) {
      if (part.length > 0) yield part;
      return;
    }
    for (const { names } of edits) for (const name of names) this.options.onFound?.(name);
    const moved = edits.map((edit) => ({ ...edit, start: edit.start - lookback, end: edit.end - lookback }));
    yield applyToBytes(part, moved);
  }
}
