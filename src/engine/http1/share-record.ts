import { isBodiless } from '../../flow/http/bodiless.js';
import { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { trimOws } from '../../flow/text/white-space.js';
import type { ShareTerms } from '../http/wire.js';
import type { Head } from './head/head.js';

/** Maximum idle time in seconds. The server's `Keep-Alive` may limit it further. */
const IDLE_SECONDS = 30;

/** Seconds subtracted from the server's limit, so that a request does not coincide with the server's close. */
const MARGIN_SECONDS = 1;

/** Methods whose requests usually have no body. Some servers parse such a body as the next request. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/**
 * Decides whether an HTTP/1 connection to a server may serve other clients. Each exchange is checked: an ambiguous end of a
 * message, or authentication of the connection, rules it out permanently.
 */
export class ShareRecord {
  private ruledOut = false;
  /** Whether an exchange is in progress, or has failed. */
  private pending = false;
  private expects = false;
  private idleSeconds = IDLE_SECONDS;
  private method = '';

  /** @param key, place see `ShareTerms` */
  constructor(
    private readonly key: string,
    private readonly place: string,
  ) {}

  /** The terms on which the connection may serve other clients; undefined if it may not. */
  get terms(): ShareTerms | undefined {
    const { ruledOut, pending, key, place, idleSeconds } = this;
    return ruledOut || pending ? undefined : { key, place, idleSeconds };
  }

  /**
   * Called before a request is sent. Removes `Connection: close`, which is about the client's connection.
   * @param toProxy whether the request is addressed to another proxy
   */
  begin(request: HttpRequest, hasBody: boolean, toProxy: boolean): void {
    const { headers, method, httpVersion, protocol } = request;
    this.pending = true;
    this.method = method;
    this.expects = headers.has('expect');
    this.ruledOut ||=
      toProxy ||
      httpVersion !== 'HTTP/1.1' ||
      method === 'CONNECT' ||
      protocol !== undefined ||
      headers.has('upgrade') ||
      (hasBody && WITHOUT_BODY.has(method)) ||
      CREDENTIALS.some((name) => bindsConnection(headers, name));
    if (!this.ruledOut) dropClose(headers);
  }

  /** Called for each head of a response. @param ends whether the message ends before its connection */
  received(head: Head, statusCode: number, httpVersion: string, ends: boolean): void {
    if (statusCode === 100) this.expects = false;
    if (statusCode < 200 && statusCode !== 101) return;
    const { contentLength, transferEncoding } = head;
    const block = new Headers(head.block);
    const declared = transferEncoding.length > 0 || (contentLength.length > 0 && contentLength[0] !== '0');
    this.ruledOut ||=
      statusCode === 101 ||
      !ends ||
      httpVersion !== 'HTTP/1.1' ||
      // The head had bare LFs or folded lines.
      head.raw === undefined ||
      contentLength.length > 1 ||
      transferEncoding.length > 1 ||
      (transferEncoding.length === 1 && transferEncoding[0]!.toLowerCase() !== 'chunked') ||
      // A faulty server may send the declared body.
      (declared && isBodiless(this.method, statusCode)) ||
      // The server may or may not read the body (RFC 9110 section 10.1.1).
      this.expects ||
      block.has('persistent-auth') ||
      challengesConnection(block);
    const stated = /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(block.get('keep-alive') ?? '')?.[1];
    if (stated !== undefined) this.idleSeconds = Math.min(IDLE_SECONDS, Number(stated) - MARGIN_SECONDS);
  }

  /** Called when the response is complete. @param isSent whether the request had been sent completely by then */
  answered(isSent: boolean): void {
    this.pending = false;
    this.ruledOut ||= !isSent;
  }
}

const CREDENTIALS: readonly string[] = ['authorization', 'proxy-authorization'];
const CHALLENGES: readonly string[] = ['www-authenticate', 'proxy-authenticate'];

/** Whether a response requests credentials that authenticate the connection. */
export function challengesConnection(headers: Headers): boolean {
  return CHALLENGES.some((name) => bindsConnection(headers, name));
}

/**
 * Whether a field contains an authentication scheme that applies to the connection instead of the request (RFC 4559, MS-NTHT).
 */
function bindsConnection(headers: Headers, name: string): boolean {
  return headers.has(name) && headers.getAll(name).some((value) => CONNECTION_BOUND.test(value));
}

const CONNECTION_BOUND = /(?:^|[\s,])(?:ntlm|negotiate|nego2|kerberos)(?![^\s,=])/i;

function dropClose(headers: Headers): void {
  if (!headers.has('connection')) return;
  const options = headers.getAll('connection').flatMap((value) => value.split(','));
  const kept = options.filter((option) => trimOws(option, 0, option.length).toLowerCase() !== 'close');
  if (kept.length === options.length) return;
  if (kept.length > 0) headers.set('Connection', kept.join(','));
  else headers.delete('connection');
}
