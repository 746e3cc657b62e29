// Not 'msgpackr', which loads its native module for long strings: 9 % of the time that a start takes.
import { Packr, Unpackr } from 'msgpackr/pack';

/** A decoded MessagePack map. */
export type MetadataMap = { [key: string]: unknown };

/** Encodes and decodes any MessagePack: metadata of addons, and keys of later versions. */
export class GeneralPacker {
  private readonly packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });
  private readonly unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'auto' as 'number' });

  /** @throws Error if MessagePack cannot represent it */
  pack(map: MetadataMap): Buffer {
    return this.packr.pack(map);
  }

  /** Packs metadata of addons. Values that MessagePack cannot represent are left out. */
  readonly packFacts = (facts: MetadataMap): Buffer => {
    try {
      return this.pack(facts);
    } catch {
      return this.pack(Object.fromEntries(Object.entries(facts).filter(([, fact]) => this.isPackable(fact))));
    }
  };

  /** @throws Error if the bytes are not exactly one map */
  unpack(bytes: Buffer): MetadataMap {
    const map: unknown = this.unpackr.unpack(bytes);
    if (!isMap(map)) throw new Error('the metadata is not a map');
    return map;
  }

  private isPackable(fact: unknown): boolean {
    try {
      this.pack({ fact });
      return true;
    } catch {
      return false;
    }
  }
}

export function isMap(value: unknown): value is MetadataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}
