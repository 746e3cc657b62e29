import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { TrustFiles } from './trust-files.js';

/** A settings file for wget, which has no variable for certificates: the user's, with the bundle of certificates. */
export function wgetrc({ WGETRC, HOME = homedir() }: NodeJS.ProcessEnv, files: TrustFiles): string {
  const before = textOf(WGETRC || join(HOME, '.wgetrc'));
  const lines = before.split(/\r?\n/).filter((line) => line !== '');
  const isCertificate = (line: string): boolean => /^\s*ca_?-?certificate\s*=/i.test(line);
  const certificate = lines.findLast(isCertificate)?.split('=').slice(1).join('=').trim();
  const kept = lines.filter((line) => !isCertificate(line));
  // The user's file may contain a password.
  return files.settings('wgetrc', [...kept, `ca_certificate = ${files.replacing(certificate)}`, ''].join('\n'), 0o600);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
