import type { HttpFlow } from '../../flow/flow.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { Route } from '../upstream/route.js';
import { errorHtml } from './error-html.js';
import type { ExchangeParts } from './exchange-parts.js';
import type { Outcome } from './outcome.js';

/**
 * Checks the credentials of a request, if authentication is required, and removes them. An explicit proxy has its own
 * field for them (RFC 9110 section 11.7), which no flow contains; elsewhere they are in the server's field (section
 * 11.6).
 * @returns whether the request may be served; a promise only if addons have to check the credentials
 */
export function authenticate({ incoming, flow, client }: ExchangeParts): boolean | Promise<boolean> {
  const { authentication } = client.context;
  if (incoming.isReplay || !authentication.required) return true;
  const { route } = client;
  // A refused request needs no credentials.
  if (incoming.refusal) {
    hideCredentials(flow, route);
    return true;
  }
  if (!route) return authentication.checkRequest(incoming.receivedField('proxy-authorization'));
  const value = incoming.receivedField('authorization');
  // With `upstream_auth` the field already holds the credentials for the server of a reverse proxy.
  if (value !== undefined && route.fixed?.authorization === undefined) flow.request.headers.delete('authorization');
  return authentication.checkRequest(value);
}

/**
 * Removes our credentials from a request that is refused before they are checked: they may be correct. Those for an
 * explicit proxy are already removed.
 */
function hideCredentials({ request: { headers } }: HttpFlow, route: Pick<Route, 'fixed'> | undefined): void {
  if (!route) return;
  // A line without a colon is parsed as a name.
  const names = [...headers].map(([name]) => name).filter((name) => /^authorization(?![\w-])/i.test(name));
  for (const name of names) {
    if (route.fixed?.authorization === undefined || /[ \t]/.test(name)) headers.delete(name);
  }
}

/** Asks the client for credentials. Addons see such a request only at its end, and its body is not read. */
export async function challengeClient({ flow, incoming, clock, client, response }: ExchangeParts): Promise<Outcome> {
  const hasBody = incoming.framing.kind !== 'none';
  flow.request.body.complete = !hasBody;
  flow.response = challenge(client.route === undefined, incoming.persistent && !hasBody);
  response.stamp(flow.response);
  flow.metadata.refused = true;
  if (flow.request.method === 'CONNECT') {
    const message = 'CONNECT was refused: authentication required.';
    flow.error = { message, timestamp: clock.now(), code: 'authentication-required' };
    await client.context.services.hooks.emit('httpConnectError', flow);
  }
  await response.sendWhole(flow.response);
  return 'done';
}

/** A 401 or 407 response. @param persistent whether another request may follow on the connection */
function challenge(isExplicit: boolean, persistent: boolean): HttpResponse {
  const status = isExplicit ? 407 : 401;
  const message = isExplicit
    ? 'This proxy requires a user name and a password.'
    : 'A user name and a password are required.';
  const response = HttpResponse.make(status, errorHtml(status, message), {
    [isExplicit ? 'Proxy-Authenticate' : 'WWW-Authenticate']: 'Basic realm="tsdump", charset="UTF-8"',
    'Content-Type': 'text/html; charset=utf-8',
  });
  if (!persistent) response.headers.set('Connection', 'close');
  return response;
}
