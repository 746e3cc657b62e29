import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Flow } from '../../flow/flow.js';
import { systemErrorText } from '../../flow/system-error.js';
import { flowBegan } from '../../flow/timing.js';
import { ExitError, UsageError } from '../process/exit-error.js';
import { isSpecialFile } from '../write/special-file.js';
import { checkFolderOf } from '../write/writable-folder.js';

/** The state of a stopped replay. An index is the number of a flow among those that match the filter, over all rounds. */
interface ResumePoint {
  version: 1;
  /** The filter that selected the flows; empty without a filter. */
  filter: string;
  /** All flows before this index were sent, except `unsent`. */
  next: number;
  /** Indexes of flows before `next` that were not sent, with their fingerprints. */
  unsent: [index: number, fingerprint: string][];
  /** The fingerprint of the last flow before `next`. */
  last: string | undefined;
  /** Duration of the replay so far, in seconds. */
  elapsed: number;
}

/** Records which flows were sent, so that a stopped replay can be continued. */
export class ResumeLog {
  readonly elapsed: number;
  private readonly before: ResumePoint | undefined;
  private readonly pending: Map<number, string>;
  private readonly unsent: [number, string][] = [];
  private next = 0;
  private last: string | undefined;

  /** @throws UsageError if the file does not belong to a stopped replay; ExitError if it cannot be read, or not be replaced */
  constructor(
    private readonly path: string,
    private readonly filter: string,
  ) {
    this.before = readPoint(path);
    if (this.before && this.before.filter !== filter) throw this.mismatch();
    this.pending = new Map(this.before?.unsent);
    this.elapsed = this.before?.elapsed ?? 0;
    checkFolderOf(path);
  }

  /** Number of flows sent by earlier runs. */
  get sentBefore(): number {
    return this.before ? this.before.next - this.before.unsent.length : 0;
  }

  /**
   * Whether an earlier run has sent the flow.
   * @throws UsageError if an earlier run had another flow at this index
   */
  wasSent(index: number, flow: Flow): boolean {
    const { before } = this;
    if (!before || index >= before.next) return false;
    const expected = this.pending.get(index) ?? (index === before.next - 1 ? before.last : undefined);
    if (expected !== undefined && expected !== fingerprint(flow)) {
      throw this.mismatch();
    }
    return !this.pending.has(index);
  }

  /** Records that a flow was read. */
  onRead(index: number, flow: Flow): void {
    this.next = Math.max(this.next, index + 1);
    if (index === this.next - 1) this.last = fingerprint(flow);
  }

  onUnsent(index: number, flow: Flow): void {
    this.unsent.push([index, fingerprint(flow)]);
  }

  /** Called when all flows have been read. @throws UsageError if an earlier run has read more flows */
  checkEnd(count: number): void {
    if (this.before && count < this.before.next) throw this.mismatch();
  }

  /** Writes the resume point. @throws ExitError */
  write(elapsed: number): void {
    const { path, before, filter } = this;
    // Unsent flows that this run has not reached stay in the list.
    const skipped = [...this.pending].filter(([index]) => index >= this.next);
    const isAhead = before !== undefined && before.next > this.next;
    const point: ResumePoint = {
      version: 1,
      filter,
      next: isAhead ? before.next : this.next,
      unsent: [...this.unsent, ...skipped].sort(([one], [other]) => one - other),
      last: isAhead ? before.last : this.last,
      elapsed: this.elapsed + elapsed,
    };
    const temporary = `${path}.tmp`;
    try {
      writeFileSync(temporary, `${JSON.stringify(point)}\n`, { mode: 0o600 });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw cannotWrite(path, error);
    }
  }

  private mismatch(): UsageError {
    return new UsageError(
      `--replay-resume ${this.path}: it belongs to another capture or filter; remove it to begin again`,
      'option-conflict',
    );
  }

  /** Removes the file when all flows have been sent. @throws ExitError */
  remove(): void {
    try {
      rmSync(this.path, { force: true });
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
  }
}

function cannotWrite(path: string, error: unknown): ExitError {
  return new ExitError('output-failed', `Cannot write ${path}: ${systemErrorText(error)}`);
}

function readPoint(path: string): ResumePoint | undefined {
  if (isSpecialFile(path)) throw new UsageError(`--replay-resume ${path}: expected a file`, 'file-unreadable');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ExitError('input-unreadable', `Cannot read ${path}: ${systemErrorText(error)}`);
  }
  try {
    const point = JSON.parse(text) as ResumePoint;
    const isPoint = point.version === 1 && Number.isSafeInteger(point.next) && Array.isArray(point.unsent);
    if (isPoint) return point;
  } catch {
    // Reported below.
  }
  throw new UsageError(`--replay-resume ${path}: this is not the file of a stopped replay`, 'file-unreadable');
}

/** Identifies a flow in any format, even without flow ids. */
function fingerprint(flow: Flow): string {
  const what = flow.type === 'http' ? `${flow.request.method} ${flow.request.url}` : flow.type;
  return createHash('sha256')
    .update(`${flowBegan(flow)} ${what}`)
    .digest('base64url')
    .slice(0, 16);
}
