import { CompressionMissingError } from '../../compression/codec.js';
import type { Damage, DamageLog } from '../../input/damage.js';
import { METADATA_VERSION } from './record.js';

/** What is told of records that cannot be read, or not wholly. Offsets are those of the records. */
export class RecordDamage {
  private readonly told = new Set<Damage['kind']>();

  constructor(private readonly log: DamageLog) {}

  /** @throws DamageError with `strict`, if something was reported */
  check(): void {
    this.log.check();
  }

  get count(): number {
    return this.log.count;
  }

  /** The head has flags that this version does not know. */
  unknownFlags(offset: number, flags: number): void {
    const text = `0x${flags.toString(16).padStart(4, '0')}`;
    this.log.report('flags', offset, `the record at offset ${offset} has unknown flags (${text}): update tsdump`);
  }

  /** The metadata have a version that is newer than this one's. */
  newerVersion(offset: number, version: number): void {
    const versions = `version ${version}, this one reads ${METADATA_VERSION}`;
    const what = `the record at offset ${offset} was written by a newer tsdump (${versions}): update tsdump to read it`;
    this.reportOnce('version', offset, what);
  }

  /** The metadata cannot be understood, or not be decompressed here. */
  metadata(offset: number, error: unknown): void {
    this.log.check();
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof CompressionMissingError) {
      this.reportOnce('flags', offset, `the record at offset ${offset} cannot be decompressed here: ${reason}`);
      return;
    }
    this.log.report('metadata', offset, `the record at offset ${offset} is invalid: ${reason}`);
  }

  /** @param reason if it is more than a CRC that does not fit */
  body(offset: number, reason?: string): void {
    const why = reason ? `: ${reason}` : '';
    this.log.report('body', offset, `a body of the record at offset ${offset} is damaged${why}`);
  }

  /** The input ends inside the record. */
  cutOff(offset: number): void {
    this.log.report('truncated', offset, `the end is cut off: the record at offset ${offset} is incomplete`);
  }

  /** For what is mostly so with all records that follow. */
  private reportOnce(kind: 'version' | 'flags', offset: number, what: string): void {
    if (this.told.has(kind)) this.log.count++;
    else this.log.report(kind, offset, what);
    this.told.add(kind);
  }
}
