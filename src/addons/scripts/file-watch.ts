import { type FSWatcher, lstatSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Milliseconds without an event after which a change is complete: editors save in several steps. */
const SETTLE = 50;
/** Milliseconds between checks for a missing file, which an editor may be replacing. */
const ABSENT = 200;

export interface FileWatchOptions {
  /** A file differs from its signature at the last call of `set`. */
  onChange: () => void;
  /** The system cannot watch a file. */
  onError: (error: Error) => void;
}

/**
 * Watches individual files, not folders, so that a capture written beside a script causes no events. A file that is replaced
 * by another with the same name is still watched.
 */
export class FileWatch {
  private watchers: FSWatcher[] = [];
  private signatures = new Map<string, string>();
  private folders: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: FileWatchOptions) {}

  /**
   * @param files with their signatures, the script first @param folders in which any new script is a change, too, because an
   * import is missing
   */
  set(files: ReadonlyMap<string, string>, folders: readonly string[] = []): void {
    this.signatures = new Map(files);
    this.folders = folders;
    this.watch();
    // The file may have changed while it was loaded.
    if (this.hasChanged()) this.schedule(SETTLE);
  }

  close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }

  private watch(): void {
    this.close();
    const folders = new Set<string>();
    for (const file of this.signatures.keys()) {
      // A link may be replaced without a change of its target.
      if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) folders.add(dirname(file));
      if (this.signatures.get(file) !== '') this.add(file, () => this.schedule(SETTLE));
    }
    for (const folder of folders) this.add(folder, () => this.schedule(SETTLE));
    for (const folder of this.folders) {
      this.add(folder, (name) => {
        if (name === null || SCRIPT.test(name)) this.schedule(SETTLE, true);
      });
    }
  }

  private add(path: string, onEvent: (name: string | null) => void): void {
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => onEvent(name));
      watcher.on('error', (error) => this.options.onError(error));
      this.watchers.push(watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.options.onError(error as Error);
    }
  }

  private schedule(milliseconds: number, isChanged = false): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(isChanged), milliseconds).unref();
  }

  private check(isChanged: boolean): void {
    const files = [...this.signatures.keys()];
    const absent = files.filter((file) => signatureOf(file) === '');
    // A missing script cannot be loaded, but a missing import may no longer be needed.
    if (absent.length > 0 && (!isChanged || absent[0] === files[0])) return this.schedule(ABSENT, true);
    if (isChanged || this.hasChanged()) this.options.onChange();
    else this.watch();
  }

  private hasChanged(): boolean {
    for (const [file, signature] of this.signatures) if (signatureOf(file) !== signature) return true;
    return false;
  }
}

/** Signatures of the current versions of files; take them before the files are read. */
export function signaturesOf(files: Iterable<string>): Map<string, string> {
  return new Map([...files].map((file) => [file, signatureOf(file)]));
}

/** Empty if the file is missing. */
function signatureOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs}` : '';
}

const SCRIPT = /\.(?:[cm]?[jt]sx?|json)$/;
