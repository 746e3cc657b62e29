/** What was redacted in a flow, without the values. */
export class Findings {
  /** By place, such as `request.headers.authorization`: how many secrets. */
  readonly counts = new Map<string, number>();
  /** By place: why something was left out of the record. */
  readonly dropped = new Map<string, string>();

  /** By place: why something was recorded without having been searched. */
  readonly kept = new Map<string, string>();

  add(place: string, name: string): void {
    const key = name === '' ? place : `${place}.${safeName(name)}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  drop(place: string, reason: string): void {
    this.dropped.set(place, reason);
  }

  keep(place: string, reason: string): void {
    this.kept.set(place, reason);
  }

  get isEmpty(): boolean {
    return this.counts.size === 0 && this.dropped.size === 0 && this.kept.size === 0;
  }

  /** For `metadata.redacted`. @param fingerprint of the key of the placeholders */
  toMetadata(fingerprint: string, before: unknown): Record<string, unknown> {
    const earlier = isRecord(before) ? before : {};
    const counts = { ...(isRecord(earlier.counts) ? earlier.counts : {}) } as Record<string, number>;
    for (const [place, count] of this.counts) counts[place] = (Number(counts[place]) || 0) + count;
    const dropped = { ...(isRecord(earlier.dropped) ? earlier.dropped : {}), ...Object.fromEntries(this.dropped) };
    const kept = Object.fromEntries(this.kept);
    return {
      key: this.counts.size > 0 ? fingerprint : (earlier.key ?? fingerprint),
      counts,
      ...(Object.keys(dropped).length > 0 ? { dropped } : {}),
      ...(this.kept.size > 0 ? { unsearched: kept } : {}),
    };
  }
}

/** Names come from the traffic; only those that look like names are told. */
function safeName(name: string): string {
  const lower = name.toLowerCase();
  return /^[\w.-]{1,48}$/.test(lower) ? lower : 'other';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
