import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type FollowOptions, fileIdentity, followFile } from '../../serialize/input/follow-file.js';
import type { ReadInput } from '../../serialize/input/reader.js';
import type { Session } from '../session/session.js';
import { expandGlob, isPattern } from './glob.js';
import { inputOf } from './input-reader.js';

/** Milliseconds between searches for new files that match a pattern. */
const RESCAN = 1000;

/**
 * Follows files by their names, concurrently, until the program ends. Patterns are expanded at regular intervals. Files that
 * are outputs, or are followed under another name, are skipped.
 * @param names files that need not exist yet, patterns, and `-`
 * @param read reads an input to its end. @returns false if reading should stop
 */
export async function followInputs(
  session: Session,
  names: readonly string[],
  read: (name: string, input: ReadInput) => Promise<boolean>,
): Promise<void> {
  const { shutdown, log } = session;
  const stopped = new AbortController();
  void shutdown.requested.then(() => stopped.abort());
  const followed = new Set<string>();
  const seen = new Set<string>();

  const follow = async (name: string): Promise<void> => {
    if (followed.has(name)) return;
    followed.add(name);
    if (isStream(name)) {
      await read(name, inputOf(name));
      return;
    }
    const options: FollowOptions = {
      signal: stopped.signal,
      onOpen: (identity) => seen.add(identity),
      onWaiting: () => log.info(`${name} does not exist yet; waiting for it.`),
      onTruncated: () => log.warn(`${name} was truncated; reading it from its beginning.`),
    };
    for await (const stream of followFile(name, options)) {
      if (!(await read(name, { stream, name }))) throw new StopFollowing();
    }
  };
  const followPattern = async (pattern: string): Promise<never> => {
    for (;;) {
      for (const { file } of session.outputs) {
        const identity = file && identityOf(file.path());
        if (identity) seen.add(identity);
      }
      for (const path of expandGlob(pattern)) {
        const identity = identityOf(path);
        if (identity && !seen.has(identity) && !followed.has(path)) start(follow(path));
      }
      await delay(RESCAN, undefined, { signal: stopped.signal });
    }
  };

  let failed: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  const start = (following: Promise<void>): void => void following.catch(failed);
  const all = names.map((name) => (isPattern(name) ? followPattern(name) : follow(name)));
  try {
    await Promise.race([Promise.all(all), failure]);
  } catch (error) {
    if (!(error instanceof StopFollowing) && !stopped.signal.aborted) throw error;
  } finally {
    stopped.abort();
  }
}

/** Ends the following of all inputs, after a `read` that returned false. */
class StopFollowing extends Error {}

/** Whether an input is read once, without following: stdin, a pipe or a device. */
function isStream(name: string): boolean {
  return name === '-' || statSync(name, { throwIfNoEntry: false })?.isFile() === false;
}

function identityOf(path: string): string | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts && fileIdentity(facts);
}
