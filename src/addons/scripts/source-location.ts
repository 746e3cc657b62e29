import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A position in a source file. Line and column count from 1. */
export interface SourceLocation {
  file: string;
  line: number;
  column: number;
}

/** `addon.ts:12:5`, as editors and terminals link it. */
export function locationText({ file, line, column }: SourceLocation): string {
  return `${shownPath(file)}:${line}:${column}`;
}

/** A path for display: relative if it is inside the current folder. */
export function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') || fromHere === '' ? path : fromHere;
}

/** The innermost frame of an error's stack that lies in one of these files. */
export function locationOfError(error: unknown, files: Iterable<string>): SourceLocation | undefined {
  const known = [...files];
  for (const frame of framesOf(error)) {
    const location = locationOfFrame(frame, known);
    if (location) return location;
  }
  return undefined;
}

/** The stack down to the last frame in one of these files, without those of tsdump itself. */
export function scriptStack(error: unknown, files: Iterable<string>): string {
  const known = [...files];
  const frames = framesOf(error);
  const last = frames.findLastIndex((frame) => locationOfFrame(frame, known) !== undefined);
  return frames
    .slice(0, last + 1)
    .filter((frame) => !frame.includes(OWN_CODE))
    .join('\n');
}

/** Whether tsdump's own code is in the stack of an error. */
export function isOwnError(error: unknown): boolean {
  return framesOf(error).some((frame) => frame.includes(OWN_CODE));
}

/** Frames of tsdump's own code have this in their URLs. */
const OWN_CODE = import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + '/dist/'.length);

function framesOf(error: unknown): string[] {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  return stack.split('\n').filter((line) => /^\s+at /.test(line));
}

/** A frame names a file by its path or its URL, which may have a query: `at f (/a.ts:1:2)`, `at file:///a.js?v=1:1:2`. */
function locationOfFrame(frame: string, files: readonly string[]): SourceLocation | undefined {
  const end = /:(\d+):(\d+)\)?$/.exec(frame);
  if (!end) return undefined;
  const named = frame.slice(0, end.index);
  const url = named.includes('file:') ? named.split('?', 1)[0]! : undefined;
  const file = files.find((each) =>
    url === undefined ? endsWithName(named, each) : endsWithName(url, pathToFileURL(each).href),
  );
  return file === undefined ? undefined : { file, line: Number(end[1]), column: Number(end[2]) };
}

function endsWithName(text: string, name: string): boolean {
  return text.endsWith(name) && ' ('.includes(text.charAt(text.length - name.length - 1));
}
