import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import { Headers } from '../../flow/headers.js';
import { HttpResponse } from '../../flow/http-response.js';
import type { Outlet } from '../outlet.js';
import type { Services } from '../services.js';
import { sendWhole, transferBody } from './body-transfer.js';
import { type Framing, NO_BODY, responseFraming } from './framing.js';
import type { Head } from './head.js';
import { agreeOnFraming, forwardedResponseBlock, responseHead } from './head-writer.js';
import type { Http1Reader } from './reader.js';
import { persists } from './request-intake.js';
import type { StatusLine } from './start-line.js';

/** The response of an exchange on its way from the server, past who keeps or changes it, to the client. */
export class ResponseSide {
  /** Something of it is on its way to the client, so that no other can be sent. */
  begun = false;
  /** Whether the connection to the server may serve another request. */
  persistent = false;
  /** All of it is there before any of it goes on. */
  held = false;
  private framing: Framing = NO_BODY;
  private untouched: Buffer | undefined;
  /** What the server sent, whatever an addon put in its place. */
  private received: HttpResponse | undefined;
  /** The method of the client, which says what it expects, whatever the server was asked. */
  private readonly method: string;

  constructor(
    private readonly flow: HttpFlow,
    private readonly to: Outlet,
    private readonly services: Services,
    private readonly clock: Clock,
    /** The client means another proxy, which may have something to say to it. */
    private readonly isFromProxy: boolean,
  ) {
    this.method = flow.request.method;
  }

  /** Interim responses (RFC 9110 section 15.2) go on at once and are not kept. */
  inform(status: StatusLine, head: Head): void {
    const { statusCode, reason, httpVersion } = status;
    const block = forwardedResponseBlock(head, this.isFromProxy);
    const headers = new Headers(block);
    const whole = block === head.block ? head.raw : undefined;
    this.to.write(whole ?? responseHead(new HttpResponse({ statusCode, reason, httpVersion, headers })));
  }

  /** Makes the response of a flow. @throws ProtocolError if its body could be understood in two ways */
  take({ statusCode, reason, httpVersion }: StatusLine, head: Head): HttpResponse {
    const { flow, services } = this;
    const { hooks, options, spool } = services;
    this.framing = responseFraming(head, httpVersion, options.validateInboundHeaders, flow.request.method, statusCode);
    this.persistent = this.framing.kind !== 'close' && persists(httpVersion, head.connection);
    const block = forwardedResponseBlock(head, this.isFromProxy);
    const response = new HttpResponse({ statusCode, reason, httpVersion, headers: new Headers(block) });
    response.timestampStart = this.clock.now();
    this.untouched = block === head.block ? head.raw : undefined;
    flow.response = response;
    this.received = response;
    this.held = hooks.holds('response', flow);
    if (this.held || hooks.keepsBodies(flow, 'responseHeaders')) response.body.keepIn(spool);
    return response;
  }

  /** Passes on head and body as they come, or keeps them if held. @returns a promise if it is not all there */
  transfer(from: Http1Reader, response: HttpResponse): undefined | Promise<void> {
    const { to, held, framing } = this;
    const bodiless = this.isBodiless(response);
    if (!held) {
      const changed = response.headChanged || this.flow.request.method !== this.method;
      if (changed && !bodiless) agreeOnFraming(response.headers, framing, undefined, true);
      this.begun = true;
      to.writeHead(this.headOf(response));
    }
    // A body that the client does not expect, as an addon changed what was asked or answered, is not sent.
    const unwanted = bodiless && framing.kind !== 'none';
    return transferBody(from, framing, response.body, held || unwanted ? undefined : to, this.services);
  }

  /** The head as bytes: those that came, if nobody changed it. */
  headOf(response: HttpResponse): Buffer {
    return this.untouched && !response.headChanged ? this.untouched : responseHead(response);
  }

  /** The end of the body was read. */
  done(from: Http1Reader, response: HttpResponse): void {
    response.body.complete = true;
    response.timestampEnd = this.clock.now();
    if (this.framing.kind === 'chunked' && from.trailers) response.trailers = new Headers(from.trailers.block);
  }

  /** Sends a response that is complete: one that was held, or the answer of an addon. */
  async sendWhole(response: HttpResponse): Promise<void> {
    const bodiless = this.isBodiless(response);
    const oneChunk = !bodiless && agreeOnFraming(response.headers, this.framing, response.body, true);
    this.begun = true;
    this.to.writeHead(responseHead(response));
    if (!bodiless) await sendWhole(response, this.to, oneChunk);
  }

  /** Gives back the body of a response that an addon replaced, as it does not end with the flow. */
  releaseReplaced(): void {
    if (this.received && this.received !== this.flow.response) this.received.body.release();
  }

  /** Whether the client expects no body behind this head (RFC 9112 section 6.3). */
  private isBodiless({ statusCode }: HttpResponse): boolean {
    return this.method === 'HEAD' || statusCode === 204 || statusCode === 304;
  }
}
