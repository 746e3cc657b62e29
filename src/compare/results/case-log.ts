import { closeSync, readSync, writeSync } from 'node:fs';
import type { TemporaryFile } from '../../flow/body/spool-cipher.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { ReportCase } from '../../flow/report.js';

/** Characters in memory before cases go to a file. */
const IN_MEMORY = 1 << 20;
const READ_SIZE = 1 << 18;

/** Cases of a report. Many are kept in a temporary file, so that memory does not grow with the number of flows. */
export class CaseLog implements Iterable<ReportCase> {
  private lines: string[] = [];
  private characters = 0;
  private file: TemporaryFile | undefined;
  private encrypt: ((bytes: Buffer) => Buffer) | undefined;
  private written = 0;

  constructor(private readonly policy: SpoolPolicy) {}

  /** @throws Error (of `fs`) if the temporary file cannot be written */
  add(entry: ReportCase): void {
    const line = JSON.stringify(entry);
    this.lines.push(line);
    this.characters += line.length;
    if (this.characters < IN_MEMORY) return;
    if (!this.file) {
      this.file = this.policy.openFile();
      this.encrypt = this.file.cipher?.from(0);
    }
    const text = Buffer.from(`${this.lines.join('\n')}\n`);
    const bytes = this.encrypt?.(text) ?? text;
    for (let at = 0; at < bytes.length; )
      at += writeSync(this.file.fd, bytes, at, bytes.length - at, this.written + at);
    this.written += bytes.length;
    this.lines = [];
    this.characters = 0;
  }

  /** All cases, in the order in which they were added. */
  *[Symbol.iterator](): Generator<ReportCase> {
    for (const line of this.spooled()) yield JSON.parse(line) as ReportCase;
    for (const line of this.lines) yield JSON.parse(line) as ReportCase;
  }

  close(): void {
    if (this.file) closeSync(this.file.fd);
    this.file = undefined;
    this.written = 0;
  }

  private *spooled(): Generator<string> {
    if (!this.file) return;
    const { fd, cipher } = this.file;
    const decrypt = cipher?.from(0);
    let rest = Buffer.alloc(0);
    for (let at = 0; at < this.written; ) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_SIZE, this.written - at));
      const count = readSync(fd, chunk, 0, chunk.length, at);
      if (count === 0) throw new Error('the temporary file of the report was truncated');
      at += count;
      const read = chunk.subarray(0, count);
      const bytes = Buffer.concat([rest, decrypt?.(read) ?? read]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        yield bytes.toString('utf8', start, end);
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  }
}
