import { type FSWatcher, lstatSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Milliseconds without another event after which a change counts as complete: editors take several steps. */
const SETTLE = 50;
/** Milliseconds between two looks for a file that is gone, as editors may put a new one in its place. */
const ABSENT = 200;

export interface FileWatchOptions {
  /** Something is different from what it was when `set` was called. */
  onChange: () => void;
  /** The system does not watch. */
  onError: (error: Error) => void;
}

/**
 * Watches files by the system, one by one, so that a capture which is written beside a script costs nothing. A file that is
 * replaced by another of its name is followed.
 */
export class FileWatch {
  private watchers: FSWatcher[] = [];
  private signatures = new Map<string, string>();
  private folders: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: FileWatchOptions) {}

  /**
   * @param files with their signatures, the script first @param folders in which any other script counts, too, as an import is missing
   */
  set(files: ReadonlyMap<string, string>, folders: readonly string[] = []): void {
    this.signatures = new Map(files);
    this.folders = folders;
    this.watch();
    // It may have changed while it was loaded.
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

  private schedule(milliseconds: number, surely = false): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(surely), milliseconds).unref();
  }

  private look(surely: boolean): void {
    const files = [...this.signatures.keys()];
    const absent = files.filter((file) => signatureOf(file) === '');
    // Without the script itself there is nothing to load; what it imports may not be needed any more.
    if (absent.length > 0 && (!surely || absent[0] === files[0])) return this.schedule(ABSENT, true);
    if (surely || this.hasChanged()) this.options.onChange();
    else this.watch();
  }

  private hasChanged(): boolean {
    for (const [file, signature] of this.signatures) if (signatureOf(file) !== signature) return true;
    return false;
  }
}

/** What files are now, to be taken before they are read. */
export function signaturesOf(files: Iterable<string>): Map<string, string> {
  return new Map([...files].map((file) => [file, signatureOf(file)]));
}

/** Empty if the file is not there. */
function signatureOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs}` : '';
}

const SCRIPT = /\.(?:[cm]?[jt]sx?|json)$/;
