import type { HttpFlow } from '../../flow/flow.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { Authentication } from '../client/authentication.js';
import type { Route } from '../upstream/route.js';
import { errorHtml } from './error-html.js';
import type { IncomingRequest } from './wire.js';

/**
 * Looks at the credentials of a request, if there have to be any, and takes them out: an explicit proxy has a field of
 * its own for them (RFC 9110 section 11.7), which no flow holds; another one is taken for the server (section 11.6).
 * @param route of the connection; an explicit proxy has none
 * @returns whether the request may be served; a promise only if somebody has to be asked
 */
export function checkCredentials(
  authentication: Authentication,
  incoming: IncomingRequest,
  flow: HttpFlow,
  route: Pick<Route, 'fixed'> | undefined,
): boolean | Promise<boolean> {
  if (!authentication.required) return true;
  if (!route) {
    return authentication.request(incoming.receivedField('proxy-authorization'));
  }
  const value = incoming.receivedField('authorization');
  // What the server of a reverse proxy is to be told stands there in place of it.
  if (value !== undefined && route.fixed?.authorization === undefined) flow.request.headers.delete('authorization');
  return authentication.request(value);
}

/**
 * Takes credentials for us out of a request that is refused without a look at them: they may be right ones. Those for an
 * explicit proxy are not there any more.
 */
export function hideCredentials({ request: { headers } }: HttpFlow, route: Pick<Route, 'fixed'> | undefined): void {
  if (!route) return;
  // A line without a colon counts as a name.
  const names = [...headers].map(([name]) => name).filter((name) => /^authorization(?![\w-])/i.test(name));
  for (const name of names) {
    if (route.fixed?.authorization === undefined || /[ \t]/.test(name)) headers.delete(name);
  }
}

/** Answers a client that has to say who it is. @param persistent whether another request may follow on its connection */
export function challenge(flow: HttpFlow, isExplicit: boolean, persistent: boolean, now: number): void {
  const status = isExplicit ? 407 : 401;
  const message = isExplicit ? 'This proxy asks for a user and a password.' : 'Access is for users with a password.';
  const response = HttpResponse.make(status, errorHtml(status, message), {
    [isExplicit ? 'Proxy-Authenticate' : 'WWW-Authenticate']: 'Basic realm="tsdump", charset="UTF-8"',
    'Content-Type': 'text/html; charset=utf-8',
  });
  if (!persistent) response.headers.set('Connection', 'close');
  flow.response = response;
  if (flow.request.method === 'CONNECT') {
    flow.error = {
      message: 'CONNECT was refused: the client has to say who it is.',
      timestamp: now,
      code: 'authentication-required',
    };
  }
}
