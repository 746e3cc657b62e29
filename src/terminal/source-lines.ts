import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload, type SourceMapping } from 'node:module';

const PROGRAM = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1);

/**
 * Replaces positions in the bundle by positions in the sources, in a stack trace. Node's `--enable-source-maps` would read all
 * maps at startup.
 * @param program URL of the folder with the bundle and its source maps, with a trailing slash
 */
export function withSourceLines(text: string, program = PROGRAM): string {
  const maps = new Map<string, SourceMap | undefined>();
  const [start, ...parts] = text.split(program);
  let result = start!;
  for (const part of parts) {
    const [position, file, line, column] = /^([\w-]{1,100}\.js):(\d{1,9}):(\d{1,9})/.exec(part) ?? [];
    if (file && !maps.has(file)) maps.set(file, readMap(program + file));
    const found = file && (maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1) as Partial<SourceMapping>);
    if (position && found && found.originalSource !== undefined) {
      const source = new URL(found.originalSource, program);
      result += `${source}:${found.originalLine! + 1}:${found.originalColumn! + 1}${part.slice(position.length)}`;
    } else {
      result += program + part;
    }
  }
  return result;
}

function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
