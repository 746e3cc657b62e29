import type { Definitions } from '../protobuf/definitions/definitions.js';
import type { Options } from './options/table/index.js';
import { UnusableOption } from './options/unusable-option.js';

/** The definitions of `protobuf_definitions`; undefined without them. @throws UsageError with file and line */
export async function readDefinitions({ protobufDefinitions: paths }: Options): Promise<Definitions | undefined> {
  if (paths.length === 0) return undefined;
  const { loadDefinitions } = await import('../protobuf/definitions/load-definitions.js');
  const { DefinitionError } = await import('../protobuf/definitions/definition-error.js');
  try {
    return await loadDefinitions(paths);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new UnusableOption('protobuf_definitions', error.message, error.file);
  }
}

/** The definitions, if one of these filters decodes messages. @throws UsageError */
export async function definitionsFor(
  options: Options,
  filters: readonly (string | undefined)[],
): Promise<Definitions | undefined> {
  return filters.some((text) => text?.includes('~json')) ? readDefinitions(options) : undefined;
}
