import type { DamageLog } from '../input/damage.js';

/** Wording of the summary, for one and for several. */
const COUNTED = {
  notKept: ['body was not kept by the program that wrote this', 'bodies were not kept by the program that wrote this'],
  otherFile: [
    'body is in a file of its own, which is not read',
    'bodies are in files of their own, which are not read',
  ],
  notBase64: ['body claims to be base64 and was read as text', 'bodies claim to be base64 and were read as text'],
  latin1: [
    'binary body was stored as text and read as its bytes',
    'binary bodies were stored as text and read as their bytes',
  ],
  notUtf8: ['value has bytes that are not UTF-8', 'values have bytes that are not UTF-8'],
  lostBytes: ['binary body was stored as text and lost bytes', 'binary bodies were stored as text and lost bytes'],
} as const;

/** Kinds whose names are counted one by one, with the wording of the summary. */
const LISTED = {
  member: ['invalid member', 'invalid members'],
  missing: ['member missing', 'members missing'],
  ofLog: ['member of the log not kept', 'members of the log not kept'],
  scheme: ['entry that is not HTTP', 'entries that are not HTTP'],
} as const;

type Counted = keyof typeof COUNTED;
type Listed = keyof typeof LISTED;

/** Number of names that are counted separately per kind; a file may have any number. */
const NAMES_LIMIT = 50;
/** A flow with more notes, such as one with many invalid messages, is counted before it is known to be read. */
const PENDING_LIMIT = 1000;
const NAMES_SHOWN = 20;
const OTHERS = 'others';

interface Omission {
  what: string;
  count: () => void;
  /** Whether `strict` treats it as damage. */
  refused: boolean;
}

/**
 * Counts data that was left out of flows: invalid members, and data that the writing program did not keep. The summary
 * is one line; each omission can also be logged with its place.
 */
export class Omissions {
  private readonly counts = new Map<Counted, number>();
  private readonly lists = new Map<Listed, Map<string, number>>();
  private offset = 0;
  private unit = 'entry';
  private readonly pending: Omission[] = [];
  /** Members of the current flow that were noted already, as some are read twice. */
  private readonly noted = new Set<string>();

  constructor(
    private readonly damage: DamageLog,
    /** Receives each omission with its place. */
    private readonly onOmission: (message: string) => void = () => {},
  ) {}

  /**
   * Begins the notes of the flow at this offset, up to `commit` or `discard`.
   * @param unit name of an item of such a file
   */
  begin(offset: number, unit = 'entry'): void {
    this.offset = offset;
    this.unit = unit;
  }

  /** Notes an invalid member. @param path such as `response.headers[3].value` @param what such as "is not text" */
  member(path: string, what: string): void {
    if (this.noted.has(path)) return;
    this.noted.add(path);
    const name = path.replace(/\[\d+\]/g, '[]');
    this.add(`${path} ${what}`, () => this.addName('member', name), true);
  }

  /** Notes a missing member. */
  missing(path: string): void {
    this.add(`${path} is missing`, () => this.addName('missing', path));
  }

  /** Notes a member about the whole file that no flow could take. @param why such as "is too large" */
  ofLog(path: string, why: string): void {
    this.add(`${path} ${why}`, () => this.addName('ofLog', path));
  }

  /** Notes an entry that is not a flow because of the scheme of its URL. @param scheme with its colon */
  scheme(scheme: string): void {
    this.add(`the URL scheme is ${scheme}, not HTTP`, () => this.addName('scheme', scheme));
  }

  /** @param path of the member concerned */
  note(kind: Counted, path: string): void {
    const [one] = COUNTED[kind];
    this.add(`${path}: 1 ${one}`, () => this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1));
  }

  /** Number of notes of this flow, for `discard`. */
  get mark(): number {
    return this.pending.length;
  }

  /** Counts the notes: the flow was read. @throws DamageError with `strict`, at an invalid member */
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

  /** Drops the notes: the flow could not be read this way. @param mark number of notes to keep */
  discard(mark = 0): void {
    this.pending.length = Math.min(this.pending.length, mark);
    this.noted.clear();
  }

  /** All omissions in one line; undefined without omissions. */
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

/** The most frequent names first. */
function listOf(names: ReadonlyMap<string, number>): string {
  const sorted = [...names].sort(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, NAMES_SHOWN).map(([name, count]) => `${name} (${count})`);
  const left = sorted.length - shown.length;
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}
