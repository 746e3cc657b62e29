import type { TemporaryFile } from '../../flow/body/spool-cipher.js';
import type { Flow } from '../../flow/flow.js';
import { systemErrorText } from '../../flow/system-error.js';
import { DamageLog } from '../input/damage.js';
import { FileInput } from '../input/input-file.js';
import type { ReadOptions } from '../input/read-options.js';
import type { NativeSource } from '../native/native-source.js';
import { HEAD_SIZE } from '../native/record/record.js';
import { bytesOfOne, RecordReader } from '../native/record/record-reader.js';
import type { ReadChains } from '../shared/certificates.js';
import type { FlowPosition } from './flow-index.js';

/** Maximum number of open files; each may hold two megabytes. */
const OPEN_LIMIT = 16;

/** Milliseconds of reading after which timers, signals and connections get their turn. */
const TURN_LIMIT = 10;

type OnFlow = (flow: Flow) => void | Promise<void>;

interface OpenFile {
  input: FileInput;
  reader: RecordReader;
}

/** Reads single records of native flow files. Few files are open at a time. */
export class RecordFiles {
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();
  /** Ordered by use, the most recent last. */
  private readonly open = new Map<number, OpenFile>();
  private readonly temporaries = new Map<number, FileInput>();
  /** Files that were reported as changed. */
  private readonly changed = new Set<number>();
  private onFlow: OnFlow = () => {};
  private turnBegan = performance.now();

  /**
   * @param purpose of reading the records, for messages
   * @param holdsResponses whether small bodies of responses stay in memory, too
   */
  constructor(
    private readonly options: ReadOptions,
    private readonly chains: ReadChains,
    private readonly purpose = 'sorted',
    private readonly holdsResponses = true,
  ) {}

  /** The number that identifies a file. */
  numberOf(path: string): number {
    const known = this.numbers.get(path);
    if (known !== undefined) return known;
    this.numbers.set(path, this.names.length);
    return this.names.push(path) - 1;
  }

  /** Takes over a file without a name. @returns its number */
  async addTemporary({ fd, cipher }: TemporaryFile): Promise<number> {
    const file = this.names.push('the temporary file') - 1;
    this.temporaries.set(file, await FileInput.of(this.names[file]!, fd, cipher));
    return file;
  }

  /** Reads all flows of a temporary file, with the offsets of their records. */
  async readAll(file: number, onFlow: (flow: Flow, offset: number) => void | Promise<void>): Promise<void> {
    const found: OnFlow = (flow) => onFlow(flow, (flow.source as NativeSource).offset);
    await this.readerOf(this.temporaries.get(file)!, true, found).run();
  }

  /**
   * Reads one flow, in the calling thread; a caller that reads many needs `pause` between them. A body of 32 KB or less is read
   * with it, and stays in memory as long as the flow, unless it is a response's and `holdsResponses` is false. A missing record is
   * reported once per file.
   * @returns a promise only if `onFlow` returns one
   * @throws Error (of `fs`); DamageError with `strict`, at the first damage
   */
  read({ file, offset }: FlowPosition, onFlow: OnFlow): void | Promise<void> {
    const opened = this.moveTo(file, offset);
    if (!opened) return undefined;
    const { input, reader } = opened;
    this.onFlow = onFlow;
    if (input.available < HEAD_SIZE) input.fillNow(HEAD_SIZE);
    const wanted = bytesOfOne(input);
    if (input.available < wanted) input.fillNow(wanted);
    const found = reader.readOne();
    if (found === true) return undefined;
    if (found) return found.then(ignore);
    return this.reportGone(file, offset);
  }

  /**
   * The pause between two reads: without one, a loop over flows whose consumers never wait would hold up everything else.
   * @returns undefined if none is due yet
   */
  pause(): Promise<void> | undefined {
    if (performance.now() - this.turnBegan < TURN_LIMIT) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.turnBegan = performance.now();
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    for (const { input } of this.open.values()) await input.close();
    for (const [file, input] of this.temporaries) if (!this.open.has(file)) await input.close();
    this.open.clear();
    this.temporaries.clear();
  }

  /** Opens a file and moves to a record. @returns undefined if the file has changed */
  private moveTo(file: number, offset: number): OpenFile | undefined {
    if (this.changed.has(file)) return undefined;
    let found: OpenFile;
    try {
      found = this.open.get(file) ?? this.openFile(file);
    } catch (error) {
      this.reportChange(file, offset, systemErrorText(error));
      return undefined;
    }
    this.open.delete(file);
    this.open.set(file, found);
    found.input.moveTo(offset);
    return found;
  }

  private openFile(file: number): OpenFile {
    const temporary = this.temporaries.get(file);
    const input = temporary ?? FileInput.openNow(this.names[file]!);
    const onFlow: OnFlow = (flow) => {
      const source = flow.source as NativeSource;
      source.copied = temporary !== undefined;
      source.holdBodies(this.holdsResponses);
      return this.onFlow(flow);
    };
    const opened = { input, reader: this.readerOf(input, temporary !== undefined, onFlow) };
    this.open.set(file, opened);
    for (const [number, { input }] of this.open) {
      if (this.open.size <= OPEN_LIMIT) break;
      this.open.delete(number);
      if (!this.temporaries.has(number)) void input.close();
    }
    return opened;
  }

  /** Damage in a temporary file was reported when it was written. */
  private readerOf(input: FileInput, temporary: boolean, onFlow: OnFlow): RecordReader {
    const options = temporary ? { ...this.options, strict: false, onDamage: () => {} } : this.options;
    const damage = new DamageLog(input.name, options.strict ?? false, options.onDamage);
    return new RecordReader({ input, options, damage, onFlow }, this.chains);
  }

  private reportGone(file: number, offset: number): void {
    this.reportChange(file, offset, `the record at offset ${offset} is gone`);
  }

  private reportChange(file: number, offset: number, what: string): void {
    this.changed.add(file);
    const { strict = false, onDamage } = this.options;
    const damage = new DamageLog(this.names[file]!, strict, onDamage);
    damage.report(
      'garbage',
      offset,
      `the file changed while it was being ${this.purpose}; its remaining flows are skipped: ${what}`,
    );
  }
}

function ignore(): void {}
