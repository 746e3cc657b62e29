import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Bundle } from './bundle.js';
import type { SourceLocation } from './source-location.js';

const DECLARATIONS = ['function', 'async function', 'function*', 'async function*', 'var', 'let', 'const', 'class'];

/** Finds where a script declares its exports. If the location is unknown, it is the beginning of the script. */
export class SourceIndex {
  private readonly lines: readonly string[];
  private readonly map: SourceMap | undefined;

  /** @param bundle undefined for a script that runs unbundled */
  constructor(
    private readonly entry: string,
    bundle: Bundle | undefined,
  ) {
    this.lines = (bundle?.code ?? readFileSync(entry, 'utf8')).split('\n');
    this.map = bundle && new SourceMap({ ...bundle.map, version: 3, names: [] } as never);
  }

  /** The location where an export is declared. */
  exported(name: string): SourceLocation {
    return this.locationAt(this.declaration(name)) ?? this.mentioned(name);
  }

  /** The location of a property or method of an exported object or class. */
  member(exportName: string, name: string): SourceLocation {
    const start = this.declaration(exportName);
    for (let at = start?.line ?? 0; start && at < this.lines.length; at++) {
      if (at > start.line && /^[^\s})\]]/.test(this.lines[at]!)) break;
      const column = memberColumn(this.lines[at]!, name);
      if (column !== undefined) return this.locationAt({ line: at, column }) ?? this.exported(exportName);
    }
    return this.mentioned(name, exportName);
  }

  /** The source position of a line of the bundle. */
  original(line: number, column: number): SourceLocation | undefined {
    return this.locationAt({ line: line - 1, column: column - 1 });
  }

  private locationAt(at: { line: number; column: number } | undefined): SourceLocation | undefined {
    if (!at) return undefined;
    if (!this.map) return { file: this.entry, line: at.line + 1, column: at.column + 1 };
    const found = this.map.findEntry(at.line, at.column);
    if (!('originalSource' in found) || !found.originalSource.startsWith('file:')) return undefined;
    const { originalSource, originalLine, originalColumn } = found;
    return { file: fileURLToPath(originalSource), line: originalLine + 1, column: originalColumn + 1 };
  }

  /** Position at which the bundle declares the local variable of an export; line and column count from 0. */
  private declaration(name: string): { line: number; column: number } | undefined {
    const local = this.localName(name);
    for (const [line, text] of this.lines.entries()) {
      const code = text.startsWith('export ') ? text.slice('export '.length) : text;
      const keyword = DECLARATIONS.find((each) => code.startsWith(`${each} ${local}`));
      if (!keyword) continue;
      const column = text.length - code.length + keyword.length + 1;
      if (!isWordCharacter(text[column + local.length])) return { line, column };
    }
    // An unbundled script.
    const line = this.lines.findIndex((text) => text.startsWith(`export ${name} `));
    return line < 0 ? undefined : { line, column: 'export '.length };
  }

  /** The bundle ends with `export { local as name, … }`. */
  private localName(name: string): string {
    const start = this.lines.lastIndexOf('export {');
    for (let at = start + 1; start >= 0 && at < this.lines.length && this.lines[at] !== '};'; at++) {
      const [local, exported = local] = this.lines[at]!.trim().replace(/,$/, '').split(' as ');
      if (exported === name) return local!;
    }
    return name;
  }

  /** For CommonJS: the first line of the script that seems to define the name. */
  private mentioned(...names: string[]): SourceLocation {
    const lines = readFileSync(this.entry, 'utf8').split('\n');
    for (const name of names) {
      for (const [at, text] of lines.entries()) {
        const column = memberColumn(text, name);
        if (column !== undefined) return { file: this.entry, line: at + 1, column: column + 1 };
      }
    }
    return { file: this.entry, line: 1, column: 1 };
  }
}

/** The column of `name(`, `name:` or `name =` in a line. */
function memberColumn(text: string, name: string): number | undefined {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const next = text.slice(at + name.length).trimStart()[0];
    if (isWordCharacter(text[at - 1]) || isWordCharacter(text[at + name.length])) continue;
    if (next !== undefined && '(:=,}'.includes(next)) return at;
  }
  return undefined;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\w$]/.test(character);
}
