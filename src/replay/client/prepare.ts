import { isIP } from 'node:net';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { retarget } from './destination/retarget.js';
import type { Destination, Targets } from './destination/targets.js';
import { dropCredentials, hasCredentials } from './request/credentials.js';
import { toHttp1 } from './request/to-http1.js';

export interface PrepareOptions {
  readonly targets: Targets;
  /** `Host` and the server name of TLS stay as recorded. */
  readonly keepHost: boolean;
  readonly dropCredentials: boolean;
}

/** A request that is ready to be sent. */
export interface Prepared {
  readonly request: HttpRequest;
  /** The server name for TLS, if it is not the host of the URL. */
  readonly serverName: string | undefined;
  /** Whether credentials of the recording go along. */
  readonly hasCredentials: boolean;
}

/** Makes the request to send from a recorded one. The caller releases its body. */
export function prepareRequest(
  recorded: HttpFlow,
  destination: Exclude<Destination, 'refused'>,
  options: PrepareOptions,
): Prepared {
  const { targets, keepHost } = options;
  const isMapped = destination !== 'recorded';
  const copy = recorded.request.clone();
  const { scheme } = isMapped ? destination : copy;
  // With TLS, the server chooses the version (ALPN); without, only HTTP/1.1 is sure to be understood.
  const request = scheme === 'https' && copy.httpVersion.startsWith('HTTP/2') ? copy : toHttp1(copy);
  if (isMapped) retarget(request, destination, keepHost, (host, port) => targets.forServer(host, port));
  // Credentials of the recording are for servers that the user has named.
  if (options.dropCredentials || !isMapped) dropCredentials(request.headers);
  const usesName = request.scheme === 'https' && (isMapped ? keepHost : isIP(request.host) !== 0);
  return {
    request,
    serverName: usesName ? nameOf(recorded.request) : undefined,
    hasCredentials: hasCredentials(request.headers),
  };
}

/** The name that the client used, if it is one that TLS can verify. */
function nameOf({ prettyHost }: HttpRequest): string | undefined {
  return isIP(prettyHost) ? undefined : prettyHost;
}
