import { BoundedMap } from '../../../flow/bounded-map.js';
import type { FlowFilter } from '../../../flow/filter.js';
import type { HttpFlow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import { hostKey } from '../../../flow/text/host-name.js';
import type { RewriteContext } from '../rewrite-context.js';
import { onRequest, visitMatches } from '../side-filter.js';

/** Maximum number of hosts whose credentials are remembered. */
const MOST_HOSTS = 10_000;

/** An addon that remembers the last `Authorization` sent to each host, and adds it to matching requests without one. */
export function stickyAuth(filter: FlowFilter, { bodySearchLimit, isLate }: RewriteContext): Addon {
  const known = new BoundedMap<string, string>(MOST_HOSTS);
  const specs = [{ filter }];
  return onRequest('stickyauth', specs, isLate, (flow: HttpFlow) => {
    const { headers, prettyHost } = flow.request;
    const host = hostKey(prettyHost);
    const given = headers.get('authorization');
    if (given !== undefined) {
      known.set(host, given);
      return undefined;
    }
    if (!known.has(host)) return undefined;
    return visitMatches(specs, flow, bodySearchLimit, () => {
      headers.set('authorization', known.use(host)!);
      return true;
    });
  });
}
