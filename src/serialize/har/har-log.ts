import type { Flow } from '../../flow/flow.js';
import { type HarExtras, harExtras, isObject, type Members } from './extras.js';

/** Members of a page in HAR 1.2; any others are attached only to the first flow of the page. */
const OF_PAGE = ['startedDateTime', 'id', 'title', 'pageTimings', 'comment'];

/**
 * Keeps the file-level and page-level members of a foreign HAR in the metadata of its flows. Each flow refers to its page, the
 * first flow of a page has all of its members, and the first flow of the file has the file's members. Members after the
 * entries, and pages without entries, go to the last flow.
 */
export class HarLog {
  private log: Members = {};
  private readonly pages = new Map<unknown, Members>();
  /** Pages that no flow has yet. */
  private readonly unused = new Set<Members>();

  /** Adds a member of the log other than the entries. */
  take(key: string, value: unknown): void {
    if (key === 'version') return;
    if (key !== 'pages' || !Array.isArray(value)) this.log[key] = value;
    else for (const page of value) this.takePage(page);
  }

  /** Whether tsdump wrote the file: then the entries contain everything. */
  get isOwn(): boolean {
    const { creator } = this.log;
    return isObject(creator) && creator.name === 'tsdump';
  }

  mark(flow: Flow): void {
    const extras = flow.type === 'http' ? harExtras(flow) : undefined;
    if (!extras || this.isOwn) return;
    const page = this.pages.get(extras.kept?.entry?.pageref);
    if (page) extras.page = this.unused.delete(page) ? page : pick(page);
    if (Object.keys(this.log).length > 0) extras.log = this.log;
    this.log = {};
  }

  /** Marks the last flow of the file. */
  markLast(flow: Flow): void {
    const extras = flow.type === 'http' ? harExtras(flow) : undefined;
    if (!extras || this.isOwn) return;
    const pages = this.unused.size > 0 ? { pages: [...this.unused] } : undefined;
    if (pages || Object.keys(this.log).length > 0) extras.log = { ...extras.log, ...this.log, ...pages };
  }

  /** Names of members that no flow has taken. */
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

/** Reassembles pages and file-level members for the end of the written file. */
export class WrittenLog {
  private readonly log: Members = {};
  /** By id. */
  private readonly pages = new Map<unknown, Members>();

  /** @returns the id of the flow's page in this file; two source files may use the same id */
  add({ kept, page, log }: HarExtras): unknown {
    const { pages, creator, ...others } = log ?? {};
    for (const key in others) this.log[key] ??= others[key];
    if (creator !== undefined) this.log._creator ??= creator;
    if (Array.isArray(pages)) for (const one of pages) if (isObject(one)) this.addPage(one);
    return page ? this.addPage(page) : kept?.entry?.pageref;
  }

  /** The members of the log after the entries. */
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
