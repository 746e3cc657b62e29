import { constants, fdatasync, fstat, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { writeAll } from '../../flow/body/write-all.js';
import type { FileLock } from './file-lock.js';
import { OutputError, type Sink } from './sinks.js';
import { syncFolder } from './sync-folder.js';

export interface FileSinkOptions {
  /** Keep the content and append to it; otherwise the file is emptied. */
  append?: boolean;
  /** Call back from `settle` when the data is on the disk instead of in the system's cache. */
  fsync?: boolean;
}

/** Milliseconds between two checks that the file still has a name. */
const CHECK_INTERVAL = 1000;

/** A file, a device or a named pipe. A new file is accessible only to its owner. */
export class FileSink implements Sink {
  size: number;
  /** Released when the file is closed. */
  claim: FileLock | undefined;
  private nextCheck = performance.now() + CHECK_INTERVAL;
  /** Whether to check that the file still has a name; not for devices and file systems that do not count links. */
  private watched: boolean;
  private written = false;

  private constructor(
    readonly name: string,
    private readonly file: FileHandle,
    private readonly facts: Stats,
    private readonly fsync: boolean,
  ) {
    this.size = facts.isFile() ? facts.size : 0;
    this.watched = facts.isFile() && facts.nlink > 0;
  }

  /** @throws OutputError */
  static async open(path: string, { append = false, fsync = false }: FileSinkOptions = {}): Promise<FileSink> {
    // `O_APPEND` even for an emptied file: if another process truncates it, later writes leave no hole.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (append ? 0 : constants.O_TRUNC);
    try {
      const file = await open(path, flags, 0o600);
      const facts = await file.stat();
      if (fsync && facts.isFile()) await syncFolder(path);
      return new FileSink(path, file, facts, fsync && facts.isFile());
    } catch (error) {
      throw new OutputError(path, error);
    }
  }

  /** False for a device or a named pipe. */
  get isRegular(): boolean {
    return this.facts.isFile();
  }

  /** Whether the path still refers to the opened file, which may have been moved or deleted. */
  async isInPlace(): Promise<boolean> {
    const now = await stat(this.name).catch(() => undefined);
    return now !== undefined && now.dev === this.facts.dev && now.ino === this.facts.ino;
  }

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    this.written = true;
    writeAll(this.file.fd, chunks, null, (error, written) => {
      this.size += written;
      done(error);
    });
  }

  settle(done: (error?: Error | null) => void): void {
    if (!this.fsync) return this.checkName(done);
    fdatasync(this.file.fd, (error) => (error ? done(error) : this.checkName(done)));
  }

  async cut(size: number): Promise<void> {
    if (!this.isRegular) return;
    await this.file.truncate(size);
    this.size = size;
  }

  /** Accepts a deletion of the file, which is then no longer an error. @returns whether it was deleted */
  async forgetIfDeleted(): Promise<boolean> {
    if (!this.watched || (await this.file.stat()).nlink > 0) return false;
    this.watched = false;
    return true;
  }

  /** @throws Error (of `fs`), also if the file was deleted after flows were written */
  async close(): Promise<void> {
    try {
      if (this.fsync) await this.file.datasync();
      if (this.watched && this.written && (await this.file.stat()).nlink === 0) throw deleted();
    } finally {
      await this.file.close();
      await this.claim?.release();
    }
  }

  /** Fails if the file no longer has a name. The system would accept data for it, and the data would be lost. */
  private checkName(done: (error?: Error | null) => void): void {
    const now = performance.now();
    if (!this.watched || now < this.nextCheck) return done();
    this.nextCheck = now + CHECK_INTERVAL;
    fstat(this.file.fd, (error, { nlink } = this.facts) => done(error ?? (nlink === 0 ? deleted() : null)));
  }
}

function deleted(): Error {
  return new Error('the file was deleted while it was written');
}
