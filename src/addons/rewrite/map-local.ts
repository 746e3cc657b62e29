import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import { systemErrorText } from '../../flow/system-error.js';
import { type BytesFinder, compileBytesFinder, type Match } from '../../regex/index.js';
import { fileResponse } from './file-response.js';
import { isAnswered } from './flow-side.js';
import { expandHome } from './replacement.js';
import type { RewriteContext } from './rewrite-context.js';
import { type Filtered, onRequest, visitMatches } from './side-filter.js';
import { located, parseSpec, SpecError, sourceOf } from './spec.js';

interface LocalSpec extends Filtered {
  readonly finder: BytesFinder;
  /** Absolute, without symbolic links. */
  readonly path: string;
}

const FLAGS = { ignoreCase: false, multiline: false, dotAll: false };

const FORM = '[/FILTER]/URL-REGEX/PATH';

/** An addon that answers requests with files. @throws SpecError */
export function mapLocal(texts: readonly string[], context: RewriteContext): Addon {
  const { log, version, bodySearchLimit, isLate } = context;
  const specs = texts.map(readSpec);
  const server = `tsdump ${version}`;

  const serve = (flow: HttpFlow): undefined | Promise<void> => {
    if (isAnswered(flow)) return undefined;
    const url = Buffer.from(flow.request.prettyUrl, 'latin1');
    const missed: string[] = [];
    let found = false;
    const visited = visitMatches(specs, flow, bodySearchLimit, (spec) => {
      const suffix = suffixOf(spec.finder, url);
      if (suffix === undefined) return false;
      const file = findFile(spec.path, suffix);
      if (file === undefined) {
        missed.push(`${spec.path} (${JSON.stringify(suffix)})`);
        return false;
      }
      try {
        answer(flow, fileResponse(file, flow.request, server));
        found = true;
      } catch (error) {
        log.warn(`map_local cannot read ${file}: ${systemErrorText(error)}`);
        missed.push(file);
      }
      return found;
    });
    const finish = (): undefined => {
      if (found || missed.length === 0) return;
      log.info(`map_local found no file for ${flow.request.prettyUrl} in ${missed.join(', ')}.`);
      answer(flow, HttpResponse.make(404));
    };
    return visited ? visited.then(finish) : finish();
  };
  return onRequest('map_local', specs, isLate, serve);
}

/**
 * The part of a URL that names the file: the first group of the regex if it has groups, else the text after the match, up to
 * the query. Percent-encoded, as latin1.
 * @returns undefined if the regex does not match
 */
function suffixOf(finder: BytesFinder, url: Buffer): string | undefined {
  const hasGroups = finder.groups.count > 0;
  const match: Match | undefined = finder.matches(url, hasGroups).next().value ?? undefined;
  if (!match) return undefined;
  if (hasGroups) return match[2]! < 0 ? '' : url.toString('latin1', match[2], match[3]);
  return url.toString('latin1', match[1]).split('?', 1)[0]!;
}

/** Sets a response in place of the recorded one, if the flow is from a capture. */
function answer(flow: HttpFlow, response: HttpResponse): void {
  flow.recordedResponse?.body.release();
  flow.response = response;
}

function readSpec(text: string): LocalSpec {
  const { filter, subject, replacement } = parseSpec(text, FORM);
  const finder = located(text, 'in the regex', () => compileBytesFinder(...sourceOf(subject), FLAGS));
  try {
    const path = realpathSync(expandHome(replacement.text));
    statSync(path);
    return { filter, finder, path };
  } catch (error) {
    throw new SpecError(text, replacement.offset, `cannot read it: ${systemErrorText(error)}`);
  }
}

/**
 * Finds the file for the end of a URL below a folder: the file itself, `index.html` in a folder of that name, or either of them
 * with unusual characters replaced by `_`. Files outside the folder are not found through `..`, an absolute path or a symbolic
 * link.
 * @param root a folder, absolute and without symbolic links, or a file, which is found for each URL
 * @param suffix percent-encoded, as latin1
 * @returns undefined if no such file exists
 */
function findFile(root: string, suffix: string): string | undefined {
  if (isFile(root)) return root;
  return candidates(withoutSlashes(decode(suffix)))
    .filter(isInside)
    .map((path) => resolve(root, path))
    .find((path) => path !== undefined);
}

/** The path without slashes at its ends. */
function withoutSlashes(path: string): string {
  let start = 0;
  let end = path.length;
  while (path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return path.slice(start, end);
}

function candidates(path: string): string[] {
  if (path === '') return ['index.html'];
  const plain = path.replace(/[^0-9a-zA-Z\-_.=(),/]/gu, '_');
  const names = plain === path ? [path] : [path, plain];
  return names.flatMap((name) => [name, `${name}/index.html`]);
}

function isInside(path: string): boolean {
  return !path.includes('\0') && !path.split(/[/\\]/).includes('..');
}

/** @returns the file without symbolic links; undefined if it is missing or not below the root */
function resolve(root: string, path: string): string | undefined {
  try {
    const found = realpathSync(join(root, path));
    const folder = root.endsWith(sep) ? root : root + sep;
    return found.startsWith(folder) && isFile(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Undoes percent-encoding; invalid UTF-8 becomes U+FFFD, and a lone percent sign is kept. */
function decode(text: string): string {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
