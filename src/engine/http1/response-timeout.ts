import { UpstreamError } from '../errors.js';
import type { Downstream } from './downstream.js';
import type { Upstream } from './upstream.js';

/** Gives a server up that is silent for too long (`response_timeout`). While the request still goes up, it is not late. */
export function limitWait(downstream: Downstream, upstream: Upstream): void {
  const { responseTimeout } = downstream.context.services.options;
  if (responseTimeout === 0) return;
  const { outlet } = upstream;
  const sent = outlet.written;
  downstream.expireAfter(responseTimeout, () => {
    if (outlet.written > sent) return limitWait(downstream, upstream);
    return upstream.close(
      new UpstreamError(`The server did not answer within ${responseTimeout} s (response_timeout).`, 504),
    );
  });
}
