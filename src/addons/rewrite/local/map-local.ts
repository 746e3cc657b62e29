import { realpathSync, statSync } from 'node:fs';
import type { HttpFlow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { type BytesFinder, compileBytesFinder, type Match } from '../../../regex/index.js';
import { isAnswered } from '../flow-side.js';
import { expandHome } from '../replacement.js';
import type { RewriteContext } from '../rewrite-context.js';
import { type Filtered, onRequest, visitMatches } from '../side-filter.js';
import { located, parseSpec, SpecError, sourceOf } from '../spec.js';
import { fileResponse } from './file-response.js';
import { findFile } from './find-file.js';

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
        log.warn(`map_local cannot read ${file}: ${(error as Error).message}`);
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
  const { recordedResponse } = flow;
  if (recordedResponse) {
    response.timestampStart = recordedResponse.timestampStart;
    response.timestampEnd = recordedResponse.timestampEnd;
    recordedResponse.body.release();
  }
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
    throw new SpecError(text, replacement.offset, `there is no such file or folder: ${(error as Error).message}`);
  }
}
