/** Maximum number of cached keys. Their names come from the traffic. */
const MAX_NAMES = 4096;

/** Maximum number of cached metadata objects, and of places in one of them. */
const MAX_MADE = 8;
const MAX_COUNTS = 8;

interface Made {
  readonly fingerprint: string;
  readonly counts: readonly (readonly [string, number])[];
  readonly metadata: RedactedMetadata;
}

type RedactedMetadata = Record<string, unknown> & { readonly redacted: Record<string, unknown> };

/** Caches the keys of `Findings.counts` and the metadata that is built from these counts. */
export class PlaceNames {
  private readonly keys = new Map<string, Map<string, string>>();
  private size = 0;
  private readonly made: Made[] = [];
  private next = 0;

  key(place: string, name: string): string {
    const known = this.keys.get(place)?.get(name);
    return known ?? this.make(place, name);
  }

  /**
   * Returns the metadata of a flow that has no other: counts as its member `redacted`. Most flows repeat the counts of earlier
   * ones, so the same object is returned for equal counts. It is frozen.
   */
  metadata(counts: ReadonlyMap<string, number>, fingerprint: string): RedactedMetadata {
    for (const known of this.made)
      if (known.fingerprint === fingerprint && isSame(known.counts, counts)) return known.metadata;
    const redacted = Object.freeze({ key: fingerprint, counts: Object.freeze(Object.fromEntries(counts)) });
    const metadata = Object.freeze({ redacted });
    if (counts.size <= MAX_COUNTS) {
      this.made[this.next] = { fingerprint, counts: [...counts], metadata };
      this.next = (this.next + 1) % MAX_MADE;
    }
    return metadata;
  }

  private make(place: string, name: string): string {
    const key = name === '' ? place : `${place}.${safeName(name)}`;
    if (this.size++ >= MAX_NAMES) {
      this.keys.clear();
      this.size = 0;
    }
    const names = this.keys.get(place) ?? new Map<string, string>();
    // A substring keeps its whole parent string in memory; a copy does not.
    this.keys.set(place, names.set(Buffer.from(name).toString(), key));
    return key;
  }
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/**
 * The number of redacted secrets in a flow, by place, and the contents that were not searched. It holds no secrets. A place is
 * a location in a flow, such as `request.headers.authorization`.
 */
export class Findings {
  private found: Map<string, number> | undefined;
  private omitted: Map<string, string> | undefined;
  private unsearched: Map<string, string> | undefined;

  constructor(private readonly names = new PlaceNames()) {}

  /** The number of secrets, by place. */
  get counts(): ReadonlyMap<string, number> {
    return this.found ?? NOTHING;
  }

  /** The reason why content was removed from the redacted flow, by place. */
  get dropped(): ReadonlyMap<string, string> {
    return this.omitted ?? NOTHING;
  }

  /** The reason why content was kept without a search, by place. */
  get kept(): ReadonlyMap<string, string> {
    return this.unsearched ?? NOTHING;
  }

  add(place: string, name: string): void {
    const key = this.names.key(place, name);
    this.found ??= new Map();
    this.found.set(key, (this.found.get(key) ?? 0) + 1);
  }

  drop(place: string, reason: string): void {
    this.omitted ??= new Map();
    this.omitted.set(place, reason);
  }

  keep(place: string, reason: string): void {
    this.unsearched ??= new Map();
    this.unsearched.set(place, reason);
  }

  get isEmpty(): boolean {
    return !(this.found || this.omitted || this.unsearched);
  }

  /**
   * Adds the findings to the metadata of a flow, as the member `redacted`. Counts from an earlier redaction are added up.
   * @param fingerprint of the key of the placeholders
   * @returns new metadata, which may be frozen
   */
  addTo(metadata: Record<string, unknown>, fingerprint: string): Record<string, unknown> {
    const before = metadata.redacted;
    if (before !== undefined || !this.found || this.omitted || this.unsearched)
      return { ...metadata, redacted: this.addedTo(before, fingerprint) };
    const made = this.names.metadata(this.found, fingerprint);
    for (const _key in metadata) return { ...metadata, redacted: made.redacted };
    return made;
  }

  private addedTo(before: unknown, fingerprint: string): Record<string, unknown> {
    const earlier = isRecord(before) ? before : NONE;
    const counts: Record<string, unknown> = isRecord(earlier.counts) ? { ...earlier.counts } : {};
    for (const [place, count] of this.counts) counts[place] = count + (Number(counts[place]) || 0);
    const key = this.found ? fingerprint : (earlier.key ?? fingerprint);
    const metadata: Record<string, unknown> = { key, counts };
    if (this.omitted || isRecord(earlier.dropped)) {
      metadata.dropped = { ...(earlier.dropped as object | undefined), ...Object.fromEntries(this.dropped) };
    }
    if (this.unsearched) metadata.unsearched = Object.fromEntries(this.unsearched);
    return metadata;
  }
}

function isSame(known: Made['counts'], counts: ReadonlyMap<string, number>): boolean {
  if (known.length !== counts.size) return false;
  for (let at = 0; at < known.length; at++) if (counts.get(known[at]![0]) !== known[at]![1]) return false;
  return true;
}

const NONE: Record<string, unknown> = {};

/** Names come from the traffic. A name with unusual characters may itself be a secret, and is shown as `other`. */
function safeName(name: string): string {
  const lower = name.toLowerCase();
  return /^[\w.-]{1,48}$/.test(lower) ? lower : 'other';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
