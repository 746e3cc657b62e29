import { BoundedMap } from '../../flow/bounded-map.js';
import type { FlowFilter } from '../../flow/filter.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { hostKey } from '../../flow/text/host-name.js';
import { CookieJar, type CookieTarget } from './cookie-jar.js';
import type { RewriteContext } from './rewrite-context.js';
import { onRequest, visitMatches } from './side-filter.js';

/** Addons that store the cookies of all responses, and replace `Cookie` in matching requests by the stored cookies. */
export function stickyCookie(filter: FlowFilter, { bodySearchLimit, isLate }: RewriteContext): Addon[] {
  const jar = new CookieJar();
  const specs = [{ filter }];
  const name = 'stickycookie';
  const give = onRequest(name, specs, isLate, (flow) =>
    visitMatches(specs, flow, bodySearchLimit, () => {
      const cookies = jar.cookiesFor(targetOf(flow));
      if (cookies === '') return true;
      flow.metadata.stickycookie = true;
      flow.request.headers.set('cookie', cookies);
      return true;
    }),
  );
  const keep: Addon = {
    name,
    responseHeaders: (flow) => {
      for (const line of flow.response!.headers.getAll('set-cookie')) jar.keep(line, targetOf(flow));
    },
  };
  return [give, keep];
}

function targetOf({ request }: HttpFlow): CookieTarget {
  const { prettyHost: host, port, path, scheme } = request;
  return { host, port, path: path.split('?', 1)[0]!, isSecure: scheme === 'https' || scheme === 'wss' };
}

/** Maximum number of hosts whose credentials are remembered. */
const MAX_HOSTS = 10_000;

/** An addon that remembers the last `Authorization` sent to each host, and adds it to matching requests without one. */
export function stickyAuth(filter: FlowFilter, { bodySearchLimit, isLate }: RewriteContext): Addon {
  const known = new BoundedMap<string, string>(MAX_HOSTS);
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
