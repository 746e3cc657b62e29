import { homedir } from 'node:os';
import type { Log } from '../../flow/log.js';
import { systemErrorText } from '../../flow/system-error.js';
import type { SourceChar } from '../../regex/index.js';
import { type KeptEscapes, unescapePart } from './escapes.js';
import { FileValue } from './file-value.js';
import { type Spec, SpecError } from './spec.js';

/** The replacement of a spec: bytes with their offsets in the spec, or a file for `@PATH`. */
export type Replacement = readonly SourceChar[] | FileValue;

/** @throws SpecError if an escape is invalid, or the file cannot be read */
export function readReplacement(spec: Spec, log: Log, kept?: KeptEscapes): Replacement {
  const { text, offset } = spec.replacement;
  if (!text.startsWith('@')) return unescapePart(spec, spec.replacement, kept);
  const path = expandHome(text.slice(1));
  try {
    return new FileValue(path, log);
  } catch (error) {
    throw new SpecError(spec.text, offset + 1, `cannot read the file: ${systemErrorText(error)}`);
  }
}

/** Expands a leading `~` to the home folder. */
export function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, () => homedir());
}
