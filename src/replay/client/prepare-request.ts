import { isIP } from 'node:net';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { retarget } from './destination/retarget.js';
import type { ReplayDestination, Targets } from './destination/targets.js';
import { dropCredentials } from './request/credentials.js';
import { toHttp1 } from './request/to-http1.js';

export interface PrepareOptions {
  readonly targets: Targets;
  /** Whether `Host` and the TLS server name stay as recorded. */
  readonly keepHost: boolean;
  readonly dropCredentials: boolean;
}

/** A request that is ready to send. */
export interface Prepared {
  readonly request: HttpRequest;
  /** The TLS server name; undefined for the host of the URL. */
  readonly serverName: string | undefined;
}

/** Creates the request to send from a recorded one. The caller releases its body. */
export function prepareRequest(
  recorded: HttpFlow,
  destination: Exclude<ReplayDestination, 'refused'>,
  options: PrepareOptions,
): Prepared {
  const { targets, keepHost } = options;
  const isMapped = destination !== 'recorded';
  const copy = recorded.request.clone();
  const { scheme } = isMapped ? destination : copy;
  // With TLS, the HTTP version is negotiated (ALPN). Without TLS, only HTTP/1.1 is understood by every server.
  const request = scheme === 'https' && copy.httpVersion.startsWith('HTTP/2') ? copy : toHttp1(copy);
  if (isMapped) retarget(request, destination, keepHost, (host, port) => targets.forServer(host, port));
  // Recorded credentials are sent only to targets that the user has named.
  if (options.dropCredentials || !isMapped) dropCredentials(request.headers);
  const usesName = request.scheme === 'https' && (isMapped ? keepHost : isIP(request.host) !== 0);
  return {
    request,
    serverName: usesName ? nameOf(recorded.request) : undefined,
  };
}

/** The host name in the recorded request; undefined for an IP address, which cannot be a TLS server name. */
function nameOf({ prettyHost }: HttpRequest): string | undefined {
  return isIP(prettyHost) ? undefined : prettyHost;
}
