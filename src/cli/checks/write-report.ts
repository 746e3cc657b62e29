import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ReportFormat } from '../../report/formats.js';
import {
  jsonWithoutCommands,
  readsCommands,
  withoutCommands,
  xmlWithoutCommands,
} from '../../terminal/command-guard.js';

/** Size of one write in characters. */
const PART = 256 * 1024;

/**
 * Writes a temporary file beside the target and renames it, so that a reader finds either the old or the complete new content.
 * Devices and pipes are written directly. @throws Error (of `fs`)
 */
export async function writeReplacing(path: string, parts: Iterable<string>): Promise<void> {
  // A link is kept, and its target is replaced.
  const target = await realpath(path).catch(() => path);
  const before = await stat(target).catch(() => undefined);
  if (before && !before.isFile()) return writeTo(await open(target, 'w'), parts);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    // URLs may hold secrets, as in a capture. An existing file keeps its permissions.
    const file = await open(temporary, 'w', 0o600);
    await writeTo(file, parts, before && before.mode & 0o777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeTo(file: FileHandle, parts: Iterable<string>, mode?: number): Promise<void> {
  try {
    if (mode !== undefined) await file.chmod(mode);
    for (const text of joined(parts)) await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/**
 * Functions that break up commands in text, for a reader that runs them. Where the format has escapes, the meaning is the same.
 */
const GUARDS: Readonly<Record<ReportFormat, (text: string) => string>> = {
  json: jsonWithoutCommands,
  junit: xmlWithoutCommands,
  md: withoutCommands,
};

/** Writes to stdout. It is not an error if the reader closes the pipe. @throws Error (of `fs`) */
export async function writeStdout(parts: Iterable<string>, format: ReportFormat): Promise<void> {
  const guard = readsCommands(process.env) ? GUARDS[format] : String;
  for (const part of joined(parts)) {
    const text = guard(part);
    const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
      process.stdout.write(text, resolve);
    });
    if (error?.code === 'EPIPE' || process.stdout.destroyed) return;
    if (error) throw error;
  }
}

/** Joins short parts up to `PART` characters. */
function* joined(parts: Iterable<string>): Generator<string> {
  let text = '';
  for (const part of parts) {
    text += part;
    if (text.length < PART) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
