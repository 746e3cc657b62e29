/** A decoded value. */
export type Value =
  | {
      readonly kind: 'number';
      readonly value: number | bigint;
      readonly float?: true;
      readonly tag?: string;
      readonly note?: string;
    }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly note?: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly note?: string }
  | { readonly kind: 'message'; readonly message: Message };

/** The values of a field, in their order on the wire. */
export interface Field {
  /** The name, or the number if it is not known. */
  readonly name: string;
  readonly number: number;
  readonly values: Value[];
  readonly repeated: boolean;
}

/** A decoded message: its fields in the order in which they first occur. */
export interface Message {
  /** An entry of the map for each field: the keys are names. */
  readonly isMap?: true;
  readonly fields: readonly Field[];
  /** The bytes that are no fields, or were not decoded because there are too many. */
  readonly rest: Buffer | undefined;
}
