import type { Definitions } from '../protobuf/definitions.js';
import type { Options } from './options/table/index.js';
import { UsageError } from './process/exit-error.js';

/** The definitions of `protobuf_definitions`; undefined if there are none. @throws UsageError with file and line */
export async function readDefinitions({ protobufDefinitions: paths }: Options): Promise<Definitions | undefined> {
  if (paths.length === 0) return undefined;
  const { loadDefinitions } = await import('../protobuf/load-definitions.js');
  const { DefinitionError } = await import('../protobuf/definition-error.js');
  try {
    return await loadDefinitions(paths);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new UsageError(`protobuf_definitions: ${error.message}`, 'option-value');
  }
}
