import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Log } from '../../flow/log.js';
import { systemErrorText } from '../../flow/system-error.js';

/** The content of a file that may change while the program runs. It is read at the start, and again after each change. */
export class FileValue {
  private content: Buffer;
  private isStale = false;
  private readonly watcher: FSWatcher | undefined;

  /** @throws Error (of `fs`) if it cannot be read */
  constructor(
    private readonly path: string,
    private readonly log: Log,
  ) {
    this.content = readFileSync(path);
    this.watcher = this.watch();
  }

  /** The current content of the file, or its last readable content. */
  get bytes(): Buffer {
    if (this.isStale) this.read();
    return this.content;
  }

  close(): void {
    this.watcher?.close();
  }

  private read(): void {
    // Reset first: a write during the read sets it again.
    this.isStale = false;
    try {
      this.content = readFileSync(this.path);
    } catch (error) {
      this.log.warn(`Cannot read ${this.path} again; its previous content stays in use: ${systemErrorText(error)}`);
    }
  }

  /** Editors replace the file by a new one, so the folder is watched. */
  private watch(): FSWatcher | undefined {
    const name = basename(this.path);
    try {
      const watcher = watch(dirname(this.path), { persistent: false }, (_, changed) => {
        if (changed === null || changed === name) this.isStale = true;
      });
      watcher.on('error', (error) => this.unwatched(error));
      return watcher;
    } catch (error) {
      this.unwatched(error as Error);
      return undefined;
    }
  }

  private unwatched(error: Error): void {
    this.log.warn(`${this.path} cannot be watched, so changes to it have no effect: ${systemErrorText(error)}`);
  }
}
