import protobuf from 'protobufjs';
import { DefinitionError, lineOf } from './definition-error.js';

/**
 * Links the types of fields and methods.
 * @param read returns the text of a file, to find the line of an error
 * @throws DefinitionError
 */
export function resolveAll(root: protobuf.Root, read: (file: string) => string): void {
  try {
    root.resolveAll();
  } catch (error) {
    throw place(root, read) ?? new DefinitionError('protobuf_definitions', undefined, (error as Error).message);
  }
}

/** Finds the field or method that cannot be linked. */
function place(namespace: protobuf.NamespaceBase, read: (file: string) => string): DefinitionError | undefined {
  for (const object of namespace.nestedArray) {
    const found =
      (object instanceof protobuf.Type && first(object.fieldsArray, placeOfField)) ||
      (object instanceof protobuf.Service && first(object.methodsArray, placeOfMethod)) ||
      (object instanceof protobuf.Field && placeOfField(object)) ||
      (object instanceof protobuf.Namespace && place(object, read));
    if (found) return found;
  }
  return undefined;

  function placeOfField(field: protobuf.Field): DefinitionError | undefined {
    return attempt(field, field.name, String(field.id));
  }

  function placeOfMethod(method: protobuf.Method): DefinitionError | undefined {
    return attempt(method, 'rpc', method.name);
  }

  function attempt(object: protobuf.ReflectionObject, word: string, next: string): DefinitionError | undefined {
    try {
      object.resolve();
      return undefined;
    } catch (error) {
      const file = object.filename ?? object.parent?.filename;
      if (!file) return new DefinitionError('protobuf_definitions', undefined, (error as Error).message);
      return new DefinitionError(file, lineOf(read(file), [word], next), (error as Error).message);
    }
  }
}

function first<Item, Result>(items: readonly Item[], find: (item: Item) => Result | undefined): Result | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}
