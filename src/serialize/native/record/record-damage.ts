import { CompressionMissingError } from '../../compression/codec.js';
import type { Damage, DamageLog } from '../../input/damage.js';
import { METADATA_VERSION } from './record.js';

/** Reports records that are damaged or not fully supported. Offsets are those of the records. */
export class RecordDamage {
  private readonly reported = new Set<Damage['kind']>();

  constructor(private readonly log: DamageLog) {}

  /** @throws DamageError with `strict`, if damage was reported */
  check(): void {
    this.log.check();
  }

  get count(): number {
    return this.log.count;
  }

  /** Reports flags in the head that this version does not know. */
  unknownFlags(offset: number, flags: number): void {
    const text = `0x${flags.toString(16).padStart(4, '0')}`;
    this.log.report('flags', offset, `the record at offset ${offset} has unknown flags (${text}): update tsdump`);
  }

  /** Reports metadata of a newer version. */
  newerVersion(offset: number, version: number): void {
    const versions = `version ${version}, this one reads ${METADATA_VERSION}`;
    const what = `the record at offset ${offset} was written by a newer tsdump (${versions}): update tsdump to read it`;
    this.reportOnce('version', offset, what);
  }

  /** Reports metadata that is invalid, or cannot be decompressed by this runtime. */
  metadata(offset: number, error: unknown): void {
    this.log.check();
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof CompressionMissingError) {
      this.reportOnce('flags', offset, `the record at offset ${offset} cannot be decompressed here: ${reason}`);
      return;
    }
    this.log.report('metadata', offset, `the record at offset ${offset} is invalid: ${reason}`);
  }

  /** Reports a damaged body. @param reason undefined if the CRC does not match */
  body(offset: number, reason?: string): void {
    const why = reason ? `: ${reason}` : '';
    this.log.report('body', offset, `a body of the record at offset ${offset} is damaged${why}`);
  }

  /** Reports that the input ends inside the record. */
  cutOff(offset: number): void {
    this.log.report('truncated', offset, `the end is cut off: the record at offset ${offset} is incomplete`);
  }

  /** Reports a problem once, because it usually affects all following records. */
  private reportOnce(kind: 'version' | 'flags', offset: number, what: string): void {
    if (this.reported.has(kind)) this.log.count++;
    else this.log.report(kind, offset, what);
    this.reported.add(kind);
  }
}
