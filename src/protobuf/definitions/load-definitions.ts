import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import protobuf from 'protobufjs';
import { systemErrorText } from '../../flow/system-error.js';
import { DefinitionError } from './definition-error.js';
import type { Definitions } from './definitions.js';
import { ModelBuilder } from './model-builder.js';
import { resolveAll } from './resolve-all.js';

/**
 * Reads definitions of messages and services.
 * @param paths `.proto` files, folders with such files, and descriptor sets (`protoc --descriptor_set_out`). Imports are looked up
 * in the folders, and from the folder of the importing file upwards
 * @throws DefinitionError
 */
export async function loadDefinitions(paths: readonly string[]): Promise<Definitions> {
  const builder = new ModelBuilder();
  const files = new SourceFiles();
  for (const path of paths) {
    const kind = kindOf(path);
    if (kind === 'folder') files.addFolder(path);
    else if (kind === 'source') files.addFile(path);
    else builder.add(await readDescriptorSet(path));
  }
  files.readImports();
  builder.add(files.resolve());
  return builder.definitions;
}

function kindOf(path: string): 'folder' | 'source' | 'set' {
  try {
    if (statSync(path).isDirectory()) return 'folder';
  } catch (error) {
    throw new DefinitionError(path, undefined, systemErrorText(error));
  }
  return path.endsWith('.proto') ? 'source' : 'set';
}

async function readDescriptorSet(path: string): Promise<protobuf.Root> {
  const bytes = read(path);
  await import('protobufjs/ext/descriptor.js');
  try {
    // `protobufjs/ext/descriptor` adds this method.
    const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor(set: Uint8Array): protobuf.Root };
    const root = fromDescriptor.call(protobuf.Root, bytes);
    if (root.nestedArray.length === 0) throw new Error('it has no definitions');
    return root;
  } catch (error) {
    const reason = (error as Error).message;
    throw new DefinitionError(path, undefined, `neither a .proto file nor a descriptor set (${reason})`);
  }
}

interface Import {
  readonly path: string;
  /** The importing file. */
  readonly from: string;
}

/** Reads `.proto` files and their imports, each file once. */
class SourceFiles {
  private readonly root = new protobuf.Root();
  private readonly sources = new Map<string, string>();
  private readonly folders: string[] = [];
  private readonly imports: Import[] = [];

  addFolder(folder: string): void {
    this.folders.push(folder);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.proto'));
    if (names.length === 0) throw new DefinitionError(folder, undefined, 'no .proto file is in this folder');
    for (const name of names.sort()) this.addFile(join(folder, name));
  }

  addFile(path: string): void {
    const name = realpath(path);
    if (this.sources.has(name)) return;
    const source = read(path)
      .toString()
      .replace(/^\ufeff/, '');
    this.sources.set(name, source);
    for (const each of this.parse(source, path)) this.imports.push({ path: each, from: path });
  }

  readImports(): void {
    for (let next = this.imports.shift(); next; next = this.imports.shift()) {
      const found = this.find(next);
      if (found !== undefined) this.addFile(found);
      else if (!this.addCommon(next.path)) {
        const at = read(next.from)
          .toString()
          .split('\n')
          .findIndex((each) => /^\s*import\b/.test(each) && each.includes(next.path));
        const line = at < 0 ? undefined : at + 1;
        throw new DefinitionError(next.from, line, `the imported file ${next.path} was not found`);
      }
    }
  }

  /** Links the types. */
  resolve(): protobuf.Root {
    resolveAll(this.root, (file) => read(file).toString());
    return this.root;
  }

  /** @returns the imports */
  private parse(source: string, path: string): readonly string[] {
    // The types of the library lack this property, which errors name.
    const parse = protobuf.parse as typeof protobuf.parse & { filename: string | null };
    parse.filename = path;
    try {
      const { imports = [], weakImports = [] } = parse(source, this.root, { keepCase: true });
      return [...imports, ...weakImports];
    } catch (error) {
      throw DefinitionError.of(error as Error, path, source);
    } finally {
      parse.filename = null;
    }
  }

  private find({ path, from }: Import): string | undefined {
    const candidates = this.folders.map((folder) => join(folder, path));
    for (let folder = dirname(resolve(from)); ; folder = dirname(folder)) {
      candidates.push(join(folder, path));
      if (folder === dirname(folder)) break;
    }
    return candidates.find(isFile);
  }

  /** Adds a file that is part of the library: Google's types. */
  private addCommon(path: string): boolean {
    if (this.sources.has(path)) return true;
    const known = protobuf.common.get(path);
    if (!known) return UNNEEDED.has(path);
    this.sources.set(path, '');
    if (known.nested) this.root.addJSON(known.nested as Record<string, protobuf.AnyNestedObject>);
    return true;
  }
}

/** Files that only define options, which do not affect messages. */
const UNNEEDED: ReadonlySet<string> = new Set([
  'google/protobuf/descriptor.proto',
  'google/api/annotations.proto',
  'google/api/http.proto',
]);

/** Whether a file exists. Folders that must not be searched, and names that are too long, have none. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new DefinitionError(path, undefined, systemErrorText(error));
  }
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new DefinitionError(path, undefined, systemErrorText(error));
  }
}
