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

  /** The encoded forms of metadata that cannot change. */
  private readonly constants = new WeakMap<MetadataMap, Buffer>();

  /** Packs metadata of addons. Values that MessagePack cannot represent are left out. */
  readonly packFacts = (facts: MetadataMap): Buffer => {
    if (!Object.isFrozen(facts)) return this.packVariable(facts);
    let packed = this.constants.get(facts);
    if (!packed) {
      packed = Buffer.from(this.packVariable(facts));
      if (isConstant(facts)) this.constants.set(facts, packed);
    }
    return packed;
  };

  private packVariable(facts: MetadataMap): Buffer {
    try {
      return this.pack(facts);
    } catch {
      return this.pack(Object.fromEntries(Object.entries(facts).filter(([, fact]) => this.isPackable(fact))));
    }
  }

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

/** Whether a value is frozen at all levels. */
function isConstant(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && isPlain(value) && Object.values(value).every(isConstant);
}

/** Whether freezing an object protects its whole state, unlike that of a `Map`, a `Date` or a getter. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(Object.getOwnPropertyDescriptors(value)).every((property) => 'value' in property);
}

export function isMap(value: unknown): value is MetadataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}
