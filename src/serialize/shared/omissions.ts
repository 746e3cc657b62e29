import type { DamageLog } from '../input/damage.js';

/** How the line at the end puts what happened once, and more often. */
const COUNTED = {
  notKept: ['body was not kept by the program that wrote this', 'bodies were not kept by the program that wrote this'],
  notBase64: ['body claims to be base64 and was read as text', 'bodies claim to be base64 and were read as text'],
  latin1: [
    'binary body was stored as text and read as its bytes',
    'binary bodies were stored as text and read as their bytes',
  ],
  notUtf8: ['value has bytes that are not UTF-8', 'values have bytes that are not UTF-8'],
  lostBytes: ['binary body was stored as text and lost bytes', 'binary bodies were stored as text and lost bytes'],
} as const;

/** Names of which each is counted, with what the line at the end says of them. */
const LISTED = {
  member: ['member not understood', 'members not understood'],
  missing: ['member missing', 'members missing'],
  ofLog: ['member of the log not kept', 'members of the log not kept'],
  scheme: ['entry that is not HTTP', 'entries that are not HTTP'],
} as const;

type Counted = keyof typeof COUNTED;
type Listed = keyof typeof LISTED;

/** So many names of a list are told apart; a file may have any number. */
const NAMES_LIMIT = 50;
/** A flow with more, such as one of many odd messages, is taken for one that will be read. */
const PENDING_LIMIT = 1000;
const NAMES_SHOWN = 20;
const OTHERS = 'others';

interface Place {
  what: string;
  count: () => void;
  /** With `strict` it is damage. */
  refused: boolean;
}

/**
 * What was left out of flows that were read all the same: members that are odd, and what the program that wrote the file
 * did not keep. Counted for one line at the end, each with its place for those who want to see it.
 */
export class Omissions {
  private readonly counts = new Map<Counted, number>();
  private readonly lists = new Map<Listed, Map<string, number>>();
  private offset = 0;
  private unit = 'entry';
  private readonly pending: Place[] = [];
  /** Members of the flow that were noted: some are read twice. */
  private readonly noted = new Set<string>();

  constructor(
    private readonly damage: DamageLog,
    /** Gets each omission with its place. */
    private readonly onOmission: (message: string) => void = () => {},
  ) {}

  /** What follows is about the flow at this offset, up to `commit` or `discard`. @param unit its name in such a file */
  begin(offset: number, unit = 'entry'): void {
    this.offset = offset;
    this.unit = unit;
  }

  /** A member that was not understood. @param path such as `response.headers[3].value` @param what "is not text" */
  member(path: string, what: string): void {
    if (this.noted.has(path)) return;
    this.noted.add(path);
    const name = path.replace(/\[\d+\]/g, '[]');
    this.add(`${path} ${what}`, () => this.addName('member', name), true);
  }

  /** A member that should be there. */
  missing(path: string): void {
    this.add(`${path} is missing`, () => this.addName('missing', path));
  }

  /** A member about the whole file that no flow could take. @param why such as "is too large" */
  ofLog(path: string, why: string): void {
    this.add(`${path} ${why}`, () => this.addName('ofLog', path));
  }

  /** An entry that is no flow, as its URL has another scheme. @param scheme with its colon */
  scheme(scheme: string): void {
    this.add(`it is not HTTP but ${scheme}`, () => this.addName('scheme', scheme));
  }

  /** @param path of the member that it is about */
  note(kind: Counted, path: string): void {
    const [one] = COUNTED[kind];
    this.add(`${path}: 1 ${one}`, () => this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1));
  }

  /** How many were noted for this flow, for `discard`. */
  get mark(): number {
    return this.pending.length;
  }

  /** The flow was read. @throws DamageError with `strict`, at a member that was not understood */
  commit(): void {
    if (this.pending.length === 0) return;
    const { offset, damage } = this;
    this.noted.clear();
    for (const { what, count, refused } of this.pending.splice(0)) {
      const message = `in the ${this.unit} at offset ${offset} ${what}`;
      if (refused && damage.strict) damage.report('metadata', offset, message);
      this.onOmission(damage.named(message));
      count();
    }
  }

  /** The flow could not be read in this way. @param mark what was noted before stays */
  discard(mark = 0): void {
    this.pending.length = Math.min(this.pending.length, mark);
    this.noted.clear();
  }

  /** All of them in a line; undefined if there were none. */
  get summary(): string | undefined {
    const counted = (Object.keys(COUNTED) as Counted[]).flatMap((kind) => {
      const count = this.counts.get(kind) ?? 0;
      return count > 0 ? [`${count} ${COUNTED[kind][count === 1 ? 0 : 1]}`] : [];
    });
    const listed = (Object.keys(LISTED) as Listed[]).flatMap((kind) => {
      const names = this.lists.get(kind);
      if (!names) return [];
      const count = [...names.values()].reduce((sum, one) => sum + one, 0);
      return [`${count} ${LISTED[kind][count === 1 ? 0 : 1]}: ${listOf(names)}`];
    });
    const parts = [...counted, ...(listed.length > 0 ? [listed.join('; ')] : [])];
    return parts.length > 0 ? parts.join(', ') : undefined;
  }

  private add(what: string, count: () => void, refused = false): void {
    if (this.pending.length === PENDING_LIMIT) this.commit();
    this.pending.push({ what, count, refused });
  }

  private addName(kind: Listed, name: string): void {
    const names = this.lists.get(kind) ?? new Map<string, number>();
    this.lists.set(kind, names);
    const known = names.has(name) || names.size < NAMES_LIMIT ? name : OTHERS;
    names.set(known, (names.get(known) ?? 0) + 1);
  }
}

/** The most frequent first. */
function listOf(names: ReadonlyMap<string, number>): string {
  const sorted = [...names].sort(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, NAMES_SHOWN).map(([name, count]) => `${name} (${count})`);
  const left = sorted.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}
