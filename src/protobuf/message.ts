/** A decoded value. */
export type ProtobufValue =
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
  | { readonly kind: 'message'; readonly message: ProtobufMessage };

/** The values of a field, in their order on the wire. */
export interface ProtobufField {
  /** The name; the number for an unknown field. */
  readonly name: string;
  readonly number: number;
  readonly values: ProtobufValue[];
  readonly repeated: boolean;
}

/** A decoded message: its fields in the order in which they first occur. */
export interface ProtobufMessage {
  /** Set for a map: each field is an entry, and its name is the key. */
  readonly isMap?: true;
  readonly fields: readonly ProtobufField[];
  /** The bytes after the last decoded field: they are invalid, or beyond the limit. */
  readonly rest: Buffer | undefined;
}
