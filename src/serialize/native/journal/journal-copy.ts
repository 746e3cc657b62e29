import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { FileInput } from '../../input/input-file.js';
import { GeneralPacker } from '../metadata/general-packer.js';
import { KIND_LIVE_END } from '../record/record.js';
import { journalRecords } from './journal-records.js';
import { compactedPath } from './live-path.js';

/** Bytes that are written at once. */
const BATCH = 1024 * 1024;

/** The copy of a journal in its place, open for appending. */
export class JournalCopy {
  size = 0;
  private batch: Buffer[] = [];
  private batchSize = 0;

  private constructor(readonly file: FileHandle) {}

  /**
   * Copies the records of some flows to another file, which then replaces the journal.
   * @throws Error (of `fs`); the journal is unchanged then
   */
  static async make(path: string, isKept: (id: string) => boolean): Promise<JournalCopy> {
    const temporary = compactedPath(path);
    const copy = new JournalCopy(await open(temporary, 'w', 0o600));
    try {
      await copy.fill(path, isKept);
      await rename(temporary, path);
    } catch (error) {
      await copy.file.close();
      await rm(temporary, { force: true });
      throw error;
    }
    return copy;
  }

  private async fill(path: string, isKept: (id: string) => boolean): Promise<void> {
    const packer = new GeneralPacker();
    const input = await FileInput.open(path);
    try {
      for await (const { kind, metadata, whole } of journalRecords(input)) {
        const { id } = packer.unpack(metadata);
        if (kind === KIND_LIVE_END || !isKept(id as string)) continue;
        this.batch.push(whole);
        this.batchSize += whole.length;
        if (this.batchSize >= BATCH) await this.write();
      }
      await this.write();
    } finally {
      await input.close();
    }
  }

  private async write(): Promise<void> {
    const bytes = Buffer.concat(this.batch, this.batchSize);
    this.batch = [];
    this.batchSize = 0;
    await this.file.appendFile(bytes);
    this.size += bytes.length;
  }
}
