import { ENTRY_OVERHEAD } from '../hpack/dynamic-table.js';

/**
 * Size of the part that is kept of a list that is too large: it is refused, and the part is only recorded. It is larger if a
 * pseudo-header field follows.
 */
const EXCERPT = 64 * 1024;

/** The fields of a HEADERS frame in their order, pseudo-header fields included, as latin1 text. */
export class FieldList {
  readonly names: string[] = [];
  readonly values: string[] = [];
  /** Names of fields that are marked as sensitive (RFC 7541 section 7.1.3). */
  neverIndexed: Set<string> | undefined;
  /** The size that SETTINGS_MAX_HEADER_LIST_SIZE limits. */
  size = 0;

  /** Number of fields within the excerpt. */
  private excerpt = 0;

  /** @param limit of the size; of a larger list, only an excerpt is kept */
  constructor(private readonly limit = Number.POSITIVE_INFINITY) {}

  get isTooLarge(): boolean {
    return this.size > this.limit;
  }

  add(name: string, value: string, neverIndexed = false): void {
    this.size += name.length + value.length + ENTRY_OVERHEAD;
    if (this.isTooLarge) return this.cut();
    this.names.push(name);
    this.values.push(value);
    // Pseudo-header fields are needed for the answer.
    if (this.size <= EXCERPT || name.startsWith(':')) this.excerpt = this.names.length;
    if (!neverIndexed) return;
    this.neverIndexed ??= new Set();
    this.neverIndexed.add(name);
  }

  private cut(): void {
    if (this.names.length === this.excerpt) return;
    this.names.length = this.excerpt;
    this.values.length = this.excerpt;
  }
}
