import type { Flow } from '../../flow/flow.js';
import { type HarFacts, harFacts, isObject, type Members } from './kept.js';

/** Members that HAR 1.2 has for a page; what is more goes with the first flow of the page alone. */
const OF_PAGE = ['startedDateTime', 'id', 'title', 'pageTimings', 'comment'];

/**
 * What a HAR of another program says of the whole file and of its pages, for the metadata of its flows: each flow has its
 * page, the first of a page all of it, the first of the file what is about the file. What stands behind the entries, and
 * pages without entries, go with the last.
 */
export class HarLog {
  private log: Members = {};
  private readonly pages = new Map<unknown, Members>();
  /** Those that no flow has yet. */
  private readonly unused = new Set<Members>();

  /** Takes a member of the log that stands beside the entries. */
  take(key: string, value: unknown): void {
    if (key === 'version') return;
    if (key !== 'pages' || !Array.isArray(value)) this.log[key] = value;
    else for (const page of value) this.takePage(page);
  }

  /** Whether the file is ours: the entries say all of it. */
  get isOwn(): boolean {
    const { creator } = this.log;
    return isObject(creator) && creator.name === 'tsdump';
  }

  mark(flow: Flow): void {
    const facts = flow.type === 'http' ? harFacts(flow) : undefined;
    if (!facts || this.isOwn) return;
    const page = this.pages.get(facts.kept?.entry?.pageref);
    if (page) facts.page = this.unused.delete(page) ? page : pick(page);
    if (Object.keys(this.log).length > 0) facts.log = this.log;
    this.log = {};
  }

  /** Marks the last flow of the file. */
  markLast(flow: Flow): void {
    const facts = flow.type === 'http' ? harFacts(flow) : undefined;
    if (!facts || this.isOwn) return;
    const pages = this.unused.size > 0 ? { pages: [...this.unused] } : undefined;
    if (pages || Object.keys(this.log).length > 0) facts.log = { ...facts.log, ...this.log, ...pages };
  }

  /** Members that no flow has yet. */
  get left(): string[] {
    if (this.isOwn) return [];
    const keys = Object.keys(this.log).filter((key) => key !== 'creator');
    return this.unused.size > 0 ? [...keys, 'pages'] : keys;
  }

  private takePage(page: unknown): void {
    if (!isObject(page)) return;
    this.pages.set(page.id, page);
    this.unused.add(page);
  }
}

/** Puts the pages and what is about whole files together again, for the end of the file that is written. */
export class WrittenLog {
  private readonly log: Members = {};
  /** By id. */
  private readonly pages = new Map<unknown, Members>();

  /** @returns the id that the flow's page has in this file: two files may have used the same */
  add({ kept, page, log }: HarFacts): unknown {
    const { pages, creator, ...others } = log ?? {};
    for (const key in others) this.log[key] ??= others[key];
    if (creator !== undefined) this.log._creator ??= creator;
    if (Array.isArray(pages)) for (const one of pages) if (isObject(one)) this.addPage(one);
    return page ? this.addPage(page) : kept?.entry?.pageref;
  }

  /** The members of the log behind the entries. */
  get members(): Members {
    return { pages: [...this.pages.values()], ...this.log };
  }

  private addPage(page: Members): unknown {
    let { id } = page;
    for (let number = 2; ; number++) {
      const before = this.pages.get(id);
      if (!before || (before.startedDateTime === page.startedDateTime && before.title === page.title)) break;
      id = `${page.id}-${number}`;
    }
    this.pages.set(id, { ...this.pages.get(id), ...page, id });
    return id;
  }
}

function pick(page: Members): Members {
  return Object.fromEntries(OF_PAGE.filter((key) => key in page).map((key) => [key, page[key]]));
}
