import protobuf from 'protobufjs';
import type { Definitions, EnumType, FieldType, MessageType, MethodType, ScalarType } from './definitions.js';

/** Builds `Definitions` from the library's parsed definitions. */
export class ModelBuilder {
  private readonly messages = new Map<string, MessageType>();
  private readonly methods = new Map<string, MethodType>();
  private readonly types = new Map<protobuf.Type, MessageType>();
  private readonly enums = new Map<protobuf.Enum, EnumType>();

  /** @param root with linked types */
  add(root: protobuf.Root): void {
    this.addAll(root);
  }

  get definitions(): Definitions {
    const { messages, methods } = this;
    return {
      method: (path) => {
        const [, name] = /\/([^/?]+\/[^/?]+)(?:\?|$)/.exec(path) ?? [];
        return name === undefined ? undefined : methods.get(name);
      },
      message: (name) => messages.get(name),
    };
  }

  private addAll(namespace: protobuf.NamespaceBase): void {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Type) this.messages.set(nameOf(object), this.message(object));
      if (object instanceof protobuf.Service) this.addService(object);
      else if (object instanceof protobuf.Namespace) this.addAll(object);
    }
  }

  private addService(service: protobuf.Service): void {
    for (const method of service.methodsArray) {
      const { resolvedRequestType, resolvedResponseType } = method.resolve() as protobuf.Method;
      if (!resolvedRequestType || !resolvedResponseType) continue;
      const types = { request: this.message(resolvedRequestType), response: this.message(resolvedResponseType) };
      this.methods.set(`${nameOf(service)}/${method.name}`, types);
    }
  }

  private message(type: protobuf.Type): MessageType {
    const known = this.types.get(type);
    if (known) return known;
    const fields = new Map<number, FieldType>();
    const message: MessageType = { kind: 'message', name: nameOf(type), fields };
    // Set before its fields are built, because they may have the same type.
    this.types.set(type, message);
    for (const field of type.fieldsArray) fields.set(field.id, this.field(field));
    return message;
  }

  private field(field: protobuf.Field): FieldType {
    const { resolvedType, name, repeated } = field.resolve();
    const key = field instanceof protobuf.MapField ? (field.keyType as ScalarType) : undefined;
    const type =
      resolvedType instanceof protobuf.Type
        ? this.message(resolvedType)
        : resolvedType
          ? this.enum(resolvedType)
          : (field.type as ScalarType);
    // The library stores an extension as a field with the full name.
    return { name: name.startsWith('.') ? `[${name.slice(1)}]` : name, type, repeated, key };
  }

  private enum(type: protobuf.Enum): EnumType {
    const known = this.enums.get(type);
    if (known) return known;
    const names = new Map(Object.entries(type.valuesById).map(([number, name]) => [Number(number), name]));
    const made: EnumType = { kind: 'enum', names };
    this.enums.set(type, made);
    return made;
  }
}

function nameOf(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, '');
}
