import { rename, stat, unlink } from 'node:fs/promises';
import { dirname, normalize } from 'node:path';
import { BoundedMap } from '../../../flow/bounded-map.js';
import { makeFolder } from '../../../flow/make-folder.js';
import { systemErrorText } from '../../../flow/system-error.js';
import { type FlowFile, type FlowFileOptions, openFlowFile } from '../../flow-file.js';
import type { WriterOptions } from '../../format.js';
import { OUTPUT_FORMATS } from '../../formats.js';
import { OutputError } from '../sinks.js';
import { syncFolder } from '../sync-folder.js';
import type { CurrentName } from './current-name.js';
import { removeOldFiles } from './old-files.js';
import { freeRotatedPath } from './rotated-name.js';

export interface FileSequenceOptions
  extends WriterOptions,
    Pick<FlowFileOptions, 'append' | 'format' | 'fsync' | 'onWaiting' | 'signal'> {
  /** Number of completed files to keep; undefined keeps all. */
  keep: number | undefined;
  onWarning: (message: string) => void;
  /** Called before a file is written or removed. @throws Error with the reason why it must not be written or removed */
  checkPath?: (path: string) => void;
}

/** Maximum number of remembered names: one a second for a day. */
const MAX_REMEMBERED = 100_000;

/** The consecutive files of an output. Calls of its methods must not overlap. */
export class FileSequence {
  /** The file being written. */
  current: FlowFile | undefined;
  /** Number of files opened so far. */
  opened = 0;
  /** Path of the current or last file. */
  path: string | undefined;
  /** Sizes of the files written by this run, which are not emptied when their name recurs. */
  private readonly own = new BoundedMap<string, number>(MAX_REMEMBERED);
  private lastStamp = 0;
  /** Whether a file could not be written. */
  private failed = false;

  constructor(
    private readonly name: CurrentName,
    private readonly options: FileSequenceOptions,
  ) {}

  /** Opens the current file. @throws OutputError */
  async open(): Promise<void> {
    const path = this.name.get();
    const { append, checkPath, format, keep: _keep, onError, ...rest } = this.options;
    checkPath?.(path);
    if (this.name.changes) await makeFolder(dirname(path), 0o700).catch(refuse(path));
    const isOwn = this.own.has(path);
    // Not emptied, as this run has written it; moved, as its format does not allow appending.
    if (isOwn && !OUTPUT_FORMATS[format].findEnd && (await isFilled(path))) await this.moveAway(path);
    this.current = await openFlowFile(path, {
      ...rest,
      format,
      append: append || isOwn,
      knownSize: this.own.get(path),
      onError: (error) => {
        this.failed = true;
        onError(error);
      },
    });
    this.opened++;
    this.own.set(path, this.current.sink.size);
    this.path = path;
  }

  /** Completes the file. Failures go to `onError`. */
  async close(): Promise<void> {
    const { sink, writer } = this.current!;
    await writer.close();
    this.own.set(sink.name, sink.size);
    this.current = undefined;
  }

  /** Completes the file and renames it with a time stamp. @throws OutputError */
  async rotate(): Promise<void> {
    const { sink } = this.current!;
    await this.close();
    if (this.failed) return;
    if (sink.isRegular && (await sink.isInPlace())) await this.moveAway(sink.name);
    await this.removeOld();
  }

  /** Completes a file whose name is out of date; an empty one is removed. @throws Error (of `fs`) */
  async leave(isEmpty: boolean): Promise<void> {
    const { sink } = this.current!;
    const wasEmpty = this.own.get(sink.name) === 0;
    await this.close();
    if (this.failed) return;
    if (isEmpty && wasEmpty && sink.isRegular && (await sink.isInPlace())) await unlink(sink.name);
    await this.removeOld();
  }

  /** If the path no longer refers to the file, completes the file and opens a new one. @throws OutputError */
  async reopen(): Promise<void> {
    const { sink } = this.current!;
    if (await sink.isInPlace()) return;
    if (await sink.forgetIfDeleted()) this.options.onWarning(`${sink.name} was deleted with all its flows.`);
    await this.close();
    if (!this.failed) await this.open();
  }

  private async moveAway(path: string): Promise<void> {
    const [rotated, time] = await freeRotatedPath(path, this.lastStamp);
    this.lastStamp = time;
    await rename(path, rotated).catch(refuse(rotated));
    if (this.options.fsync) await syncFolder(rotated).catch(refuse(rotated));
  }

  private async removeOld(): Promise<void> {
    const { keep, onWarning } = this.options;
    if (keep === undefined) return;
    const isRemovable = (path: string): boolean => this.isRemovable(path);
    await removeOldFiles(this.name.pattern, keep, isRemovable).catch((error: NodeJS.ErrnoException) =>
      onWarning(`Old files could not be removed: ${error.path ?? this.name.pattern}: ${systemErrorText(error)}`),
    );
  }

  /** Whether a file may be removed: it is not being written, and not an input. */
  private isRemovable(path: string): boolean {
    if (path === normalize(this.name.get())) return false;
    try {
      this.options.checkPath?.(path);
      return true;
    } catch {
      return false;
    }
  }
}

function refuse(path: string): (error: unknown) => never {
  return (error) => {
    throw new OutputError(path, error);
  };
}

async function isFilled(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isFile() === true && facts.size > 0;
}
