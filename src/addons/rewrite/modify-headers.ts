import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Headers } from '../../flow/http/headers.js';
import { isToken } from '../../flow/http/token.js';
import { bytesOf, unescapePart } from './escapes.js';
import { FileValue } from './file-value.js';
import { isAnswered, matchesNow, type Side } from './flow-side.js';
import { readReplacement } from './replacement.js';
import type { RewriteContext } from './rewrite-context.js';
import type { Filtered } from './side-filter.js';
import { parseSpec, SpecError } from './spec.js';

interface HeaderSpec extends Filtered {
  readonly name: string;
  /** As latin1 text; empty to remove the header. */
  readonly value: string | FileValue;
}

/**
 * Sets, adds and removes header fields of requests and responses. All filters are evaluated before any change. Then all fields
 * that matching specs name are removed, and the new fields are added at the end.
 */
export class ModifyHeaders implements Addon {
  readonly name = 'modify_headers';
  readonly observesBodies: boolean;
  private readonly specs: readonly HeaderSpec[];

  /** @throws SpecError */
  constructor(
    specs: readonly string[],
    private readonly context: RewriteContext,
  ) {
    this.specs = specs.map((spec) => readSpec(spec, context));
    this.observesBodies = this.specs.some(({ filter }) => filter?.needsBodies);
  }

  requestHeaders(flow: HttpFlow): void {
    if (!isAnswered(flow)) this.change(flow, 'request', flow.request.headers);
  }

  responseHeaders(flow: HttpFlow): undefined | Promise<void> {
    if (flow.killed) return undefined;
    if (this.observesBodies) return this.changeResponse(flow);
    this.change(flow, 'response', flow.response!.headers);
    return undefined;
  }

  done(): void {
    for (const { value } of this.specs) if (value instanceof FileValue) value.close();
  }

  /** The body of the request is complete, so filters may search it. */
  private async changeResponse(flow: HttpFlow): Promise<void> {
    const { body } = flow.request;
    await body.load(this.context.bodySearchLimit);
    this.change(flow, 'response', flow.response!.headers);
    body.loaded = undefined;
  }

  private change(flow: HttpFlow, side: Side, headers: Headers): void {
    let matching: HeaderSpec[] | undefined;
    for (const spec of this.specs) {
      if (!matchesNow(spec.filter, flow, side)) continue;
      matching ??= [];
      matching.push(spec);
    }
    if (!matching) return;
    for (const { name } of matching) headers.delete(name);
    for (const { name, value } of matching) this.add(headers, name, value);
  }

  private add(headers: Headers, name: string, value: string | FileValue): void {
    const text = value instanceof FileValue ? fileText(value) : value;
    if (text === '') return;
    if (isFieldValue(text)) headers.append(name, text);
    else this.context.log.warn(`modify_headers: the file for ${name} is not a valid header value.`);
  }
}

const FORM = '[/FILTER]/NAME/VALUE';

function readSpec(text: string, { log }: RewriteContext): HeaderSpec {
  const spec = parseSpec(text, FORM);
  const name = bytesOf(unescapePart(spec, spec.subject)).toString('latin1');
  if (!isToken(name)) throw new SpecError(text, spec.subject.offset, `not the name of a header; expected ${FORM}`);
  const replacement = readReplacement(spec, log);
  const value = replacement instanceof FileValue ? replacement : bytesOf(replacement).toString('latin1');
  if (!isFieldValue(value instanceof FileValue ? fileText(value) : value)) {
    throw new SpecError(text, spec.replacement.offset, 'a header cannot hold CR, LF or NUL');
  }
  return { filter: spec.filter, name, value };
}

/** The content of a file without its final line end, which editors add. */
function fileText({ bytes }: FileValue): string {
  return bytes.toString('latin1').replace(/\r?\n$/, '');
}

function isFieldValue(text: string): boolean {
  return !/[\0\r\n]/.test(text);
}
