import { ContentCodingError } from '../../flow/body/content-coding.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { isBodiless } from '../../flow/http/bodiless.js';
import { type BytesFinder, compileBytesFinder, SearchLimitError, Template } from '../../regex/index.js';
import { unescapePart } from './escapes.js';
import { FileValue } from './file-value.js';
import { isAnswered, matchesBodies, mayMatch, type Side } from './flow-side.js';
import { readReplacement } from './replacement.js';
import type { RewriteContext } from './rewrite-context.js';
import { type Filtered, SideFilter } from './side-filter.js';
import { located, parseSpec } from './spec.js';

interface BodySpec extends Filtered {
  readonly finder: BytesFinder;
  readonly replacement: Template | FileValue;
}

/** Python's `re.DOTALL`, as in mitmproxy. */
const FLAGS = { ignoreCase: false, multiline: false, dotAll: true };
const FORM = '[/FILTER]/REGEX/REPLACEMENT';

/**
 * Addons that replace the matches of regexes in decoded bodies: one for requests and one for responses, so that only messages
 * that a filter selects are held.
 * @throws SpecError
 */
export function modifyBody(texts: readonly string[], context: RewriteContext): Addon[] {
  const specs = texts.map((text) => readSpec(text, context));
  const replacer = new BodyReplacer(specs, context);
  const name = 'modify_body';
  // Filters on responses may read the request.
  const observesBodies = specs.some(({ filter }) => filter?.needsBodies);
  return [
    {
      name,
      filter: new SideFilter(specs, 'request'),
      request: (flow) => (isAnswered(flow) ? undefined : replacer.replace(flow, 'request')),
    },
    {
      name,
      filter: new SideFilter(specs, 'response'),
      observesBodies,
      response: (flow) => (isUnchangeable(flow) ? undefined : replacer.replace(flow, 'response')),
      done: () => {
        for (const { replacement } of specs) if (replacement instanceof FileValue) replacement.close();
      },
    },
  ];
}

/** An event stream is already forwarded. The response to HEAD, a 204 and a 304 can get no body, although `^` matches none. */
function isUnchangeable({ request, response }: HttpFlow): boolean {
  const { statusCode, body, isEventStream } = response!;
  return isEventStream || (body.size === 0 && isBodiless(request.method, statusCode));
}

class BodyReplacer {
  constructor(
    private readonly specs: readonly BodySpec[],
    private readonly context: RewriteContext,
  ) {}

  async replace(flow: HttpFlow, side: Side): Promise<void> {
    const { body } = flow[side]!;
    if (!body.kept) return;
    try {
      await this.replaceIn(flow, side);
    } catch (error) {
      if (!(error instanceof ContentCodingError || error instanceof SearchLimitError)) throw error;
      this.context.log.warn(`modify_body did not change the body of the ${side} in flow ${flow.id}: ${error.message}`);
    }
  }

  private async replaceIn(flow: HttpFlow, side: Side): Promise<void> {
    const { body } = flow[side]!;
    let before: Buffer | undefined;
    let content: Buffer | undefined;
    for (const { filter, finder, replacement } of this.specs) {
      if (!mayMatch(filter, flow, side)) continue;
      if (filter?.needsBodies) {
        // Filters see the result of earlier specs.
        if (content !== before) body.set(content!);
        before = content;
        if (!(await matchesBodies(filter, flow, side, this.context.bodySearchLimit))) continue;
      }
      if (!content) {
        content = await body.bytes();
        before = content;
      }
      const template = replacement instanceof FileValue ? Template.literal(replacement.bytes) : replacement;
      content = template.replace(content, finder);
    }
    if (content !== before) body.set(content!);
  }
}

function readSpec(text: string, { log }: RewriteContext): BodySpec {
  const spec = parseSpec(text, FORM);
  const { subject, replacement } = spec;
  const source = unescapePart(spec, subject, { boundaries: true, references: true });
  const finder = located(text, 'in the regex', () =>
    compileBytesFinder(source, subject.offset + subject.text.length, FLAGS),
  );
  const found = readReplacement(spec, log, { references: true });
  if (found instanceof FileValue) return { filter: spec.filter, finder, replacement: found };
  const end = replacement.offset + replacement.text.length;
  const template = located(text, 'in the replacement', () => Template.parse(found, end, finder.groups));
  return { filter: spec.filter, finder, replacement: template };
}
