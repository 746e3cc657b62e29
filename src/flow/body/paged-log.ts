import { ByteLog } from './byte-log.js';
import type { ByteSource } from './byte-source.js';
import { ReferenceCount } from './reference-count.js';
import type { SpoolPolicy } from './spool-policy.js';

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * A byte log of small records. They are collected in pages, because a small buffer has more overhead than content. Copies share
 * the bytes.
 */
export class PagedLog {
  /** The page for the next record, which is written at `filled`. */
  page: Buffer = NOTHING;
  /** Bytes of the page that are in use, but not in the log yet. */
  filled = 0;
  private policy: SpoolPolicy | undefined;
  /** Reference count of the log, once there are copies. */
  private users: ReferenceCount | undefined;
  private released = false;

  /**
   * @param pageSize bytes of the first page; each is twice as large as the one before
   * @param largestPage in bytes
   * @param log records that exist already
   */
  constructor(
    private pageSize: number,
    private readonly largestPage: number,
    private log?: ByteSource,
  ) {}

  /** Keeps the records that are appended from now on. */
  keepIn(policy: SpoolPolicy): void {
    this.policy = policy;
  }

  /** Whether records are kept. */
  get isKept(): boolean {
    return this.policy !== undefined;
  }

  /** The bytes so far; undefined if the log is empty, or could not be kept. */
  get stored(): ByteSource | undefined {
    this.flush();
    const { log } = this;
    return log instanceof ByteLog && log.failed ? undefined : log;
  }

  /** Resolves when it is known whether the bytes could be kept; undefined if that is known already. */
  settled(): Promise<void> | undefined {
    this.flush();
    return this.log instanceof ByteLog ? this.log.settled() : undefined;
  }

  /** Makes room for a record in the page. @returns false if the producer should wait for `drained` */
  reserve(length: number): boolean {
    if (this.page.length - this.filled >= length) return true;
    const keepsUp = this.flush();
    this.page = Buffer.allocUnsafeSlow(Math.max(this.pageSize, length));
    this.pageSize = Math.min(this.pageSize * 2, this.largestPage);
    return keepsUp;
  }

  /** Appends bytes without copying them. @returns false if the producer should wait for `drained` */
  append(bytes: Buffer): boolean {
    this.flush();
    return this.open(this.policy!).append(bytes);
  }

  /** Resolves when the spool file has caught up. @throws Error (of `fs`) if it cannot be written */
  async drained(): Promise<void> {
    if (this.log instanceof ByteLog) await this.log.drained();
  }

  /** A copy of the records so far, which must be released as well. */
  clone(): PagedLog {
    this.flush();
    const { log } = this;
    const copy = new PagedLog(this.pageSize, this.largestPage, log instanceof ByteLog ? log.snapshot() : log);
    if (!log) return copy;
    this.users ??= new ReferenceCount();
    copy.users = this.users.add();
    return copy;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.flush();
    if (!this.users || this.users.remove()) this.log?.release();
  }

  /** Appends the page to the log. @returns false if the disk is behind */
  private flush(): boolean {
    const { page, filled, policy } = this;
    if (filled === 0 || !policy) return true;
    this.page = page.subarray(filled);
    this.filled = 0;
    return this.open(policy).append(page.subarray(0, filled));
  }

  private open(policy: SpoolPolicy): ByteLog {
    const log = (this.log as ByteLog | undefined) ?? new ByteLog(policy);
    this.log = log;
    return log;
  }
}
