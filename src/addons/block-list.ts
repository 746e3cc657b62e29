import { compileFilter } from '../filters/index.js';
import type { FlowFilter } from '../flow/filter.js';
import type { HttpFlow } from '../flow/flow.js';
import type { Addon } from '../flow/hooks/hooks.js';
import { HttpResponse } from '../flow/http/http-response.js';

/** Pseudo-status that closes the connection without a response, as in nginx. */
const NO_RESPONSE = 444;

/** An invalid spec of `block_list`. */
export class BlockSpecError extends Error {
  override name = 'BlockSpecError';
}

/** Answers requests that match a filter with an empty response, or closes the connection. */
export class BlockList implements Addon {
  readonly name = 'block_list';
  /** Only for filters on bodies: by then, other addons may have changed the head. */
  readonly request?: (flow: HttpFlow) => void;

  private constructor(
    readonly filter: FlowFilter,
    private readonly status: number,
    private readonly version: string,
  ) {
    if (filter.needsBodies) this.request = (flow) => this.block(flow);
  }

  /**
   * Parses `/FILTER/STATUS`; the first character is the separator.
   * @param version of tsdump, for the `Server` field of responses
   * @throws BlockSpecError, FilterError
   */
  static parse(spec: string, version: string): BlockList {
    const [separator, ...rest] = spec;
    const parts = rest.join('').split(separator ?? '/');
    if (parts.length !== 2) throw new BlockSpecError('expected /FILTER/STATUS, such as /~d ads.example/404');
    const [filter, text] = parts as [string, string];
    const status = /^\d{3}$/.test(text) ? Number(text) : 0;
    if (status < 200 || status > 599) {
      throw new BlockSpecError(
        `expected a status from 200 to 599, or ${NO_RESPONSE} for no response, not ${JSON.stringify(text)}`,
      );
    }
    return new BlockList(compileFilter(filter), status, version);
  }

  /** If the head is enough for the filter, the request is blocked before its body is read. */
  requestHeaders(flow: HttpFlow): void {
    this.block(flow);
  }

  private block(flow: HttpFlow): void {
    if (flow.response || flow.error || flow.killed) return;
    flow.metadata.blocklisted = true;
    if (this.status === NO_RESPONSE) flow.kill();
    else flow.response = HttpResponse.make(this.status, '', { Server: `tsdump ${this.version}` });
  }
}
