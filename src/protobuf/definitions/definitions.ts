/** The scalar types of Protobuf. */
export type ScalarType =
  | 'double'
  | 'float'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes';

export interface EnumType {
  readonly kind: 'enum';
  readonly names: ReadonlyMap<number, string>;
}

export interface MessageType {
  readonly kind: 'message';
  /** With the package, without a leading dot. */
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldType>;
}

export interface FieldType {
  /** As in the definition; `[package.name]` for an extension. */
  readonly name: string;
  readonly type: ScalarType | EnumType | MessageType;
  readonly repeated: boolean;
  /** The type of the keys, for a map; `type` is the type of its values. */
  readonly key: ScalarType | undefined;
}

export interface MethodType {
  readonly request: MessageType;
  readonly response: MessageType;
}

/** Definitions of messages and services, from `.proto` files or descriptor sets. */
export interface Definitions {
  /** @param path of a request, such as `/package.Service/Method`, perhaps with segments before it */
  method(path: string): MethodType | undefined;
  /** @param name of a message, with its package */
  message(name: string): MessageType | undefined;
}
