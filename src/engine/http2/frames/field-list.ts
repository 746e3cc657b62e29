import { ENTRY_OVERHEAD } from '../hpack/dynamic-table.js';

/** The fields of a HEADERS frame in their order, pseudo-header fields included, as latin1 text. */
export class FieldList {
  readonly names: string[] = [];
  readonly values: string[] = [];
  /** Names of fields that are marked as sensitive (RFC 7541 section 7.1.3). */
  neverIndexed: Set<string> | undefined;
  /** The size that SETTINGS_MAX_HEADER_LIST_SIZE limits. */
  size = 0;

  /** @param limit of the size; fields beyond it only add to `size` */
  constructor(private readonly limit = Number.POSITIVE_INFINITY) {}

  get isTooLarge(): boolean {
    return this.size > this.limit;
  }

  add(name: string, value: string, neverIndexed = false): void {
    this.size += name.length + value.length + ENTRY_OVERHEAD;
    if (this.isTooLarge) return;
    this.names.push(name);
    this.values.push(value);
    if (!neverIndexed) return;
    this.neverIndexed ??= new Set();
    this.neverIndexed.add(name);
  }
}
