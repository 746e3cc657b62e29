import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { type BytesFinder, compileBytesFinder, Template } from '../../regex/index.js';
import { isAnswered } from './flow-side.js';
import type { RewriteContext } from './rewrite-context.js';
import { type Filtered, onRequest, visitMatches } from './side-filter.js';
import { located, parseSpec, sourceOf } from './spec.js';

interface RemoteSpec extends Filtered {
  readonly text: string;
  readonly finder: BytesFinder;
  readonly template: Template;
}

/** The regex is matched with the bytes of the URL; characters outside ASCII are UTF-8, as on the wire. */
const FLAGS = { ignoreCase: false, multiline: false, dotAll: false };
const FORM = '[/FILTER]/URL-REGEX/REPLACEMENT';

/** An addon that redirects requests: each spec replaces the matches of its regex in the URL. @throws SpecError */
export function mapRemote(texts: readonly string[], { log, bodySearchLimit, isLate }: RewriteContext): Addon {
  const specs = texts.map(readSpec);
  /** @returns true if the remaining specs must be skipped, because the result is not a URL */
  const map = (flow: HttpFlow, { text, finder, template }: RemoteSpec): boolean => {
    const { request } = flow;
    const url = request.prettyUrl;
    const mapped = template.replace(Buffer.from(url, 'latin1'), finder).toString('latin1');
    // Setting the URL changes `Host`, too.
    if (mapped === url) return false;
    try {
      request.url = mapped;
      return false;
    } catch (error) {
      log.error(
        `map_remote ${JSON.stringify(text)} does not turn ${url} into a valid URL: ${(error as Error).message}`,
      );
      return true;
    }
  };
  return onRequest('map_remote', specs, isLate, (flow) =>
    isAnswered(flow) ? undefined : visitMatches(specs, flow, bodySearchLimit, (spec) => map(flow, spec)),
  );
}

function readSpec(text: string): RemoteSpec {
  const { filter, subject, replacement } = parseSpec(text, FORM);
  const finder = located(text, 'in the regex', () => compileBytesFinder(...sourceOf(subject), FLAGS));
  const template = located(text, 'in the replacement', () => Template.parse(...sourceOf(replacement), finder.groups));
  return { text, filter, finder, template };
}
