import { once } from 'node:events';
import { EventMarks } from '../../flow/body/event-marks.js';
import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import { isBodiless } from '../../flow/http/bodiless.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { statusInBody } from '../../flow/rpc/status.js';
import { StatusScanner } from '../../flow/rpc/status-scanner.js';
import { ClientGoneError } from '../errors.js';
import type { Services } from '../services.js';
import { type ContentObserver, sendWhole, transferBody } from './body/body-transfer.js';
import { deliver, pause, sendInterim } from './body/delivery.js';
import { EventRecorder } from './body/event-recorder.js';
import { EventSplitter } from './body/event-splitter.js';
import { Transformation } from './body/transformation.js';
import {
  type IncomingRequest,
  NO_BODY,
  type OriginalHead,
  type OutgoingRequest,
  type ResponseHead,
  UNKNOWN_LENGTH,
} from './wire.js';

/** The response of an exchange, from the server through the addons to the client. */
export class ResponseSide {
  /** A part of it was sent to the client, so no other response can be sent. */
  begun = false;
  /** The whole body is received before any of it is sent. */
  held = false;
  /** The response is not held because it is larger than `stream_large_bodies`; the hook `response` is not called. */
  streamed = false;
  /** Set once transforms have started. */
  private transformation: Transformation | undefined;
  private aborter: AbortController | undefined;
  /** All of a stream without an end was sent. */
  private allSent = false;
  /** Splits an event stream for addons. */
  private splitter: EventSplitter | undefined;
  /** Reads the status of a call. */
  private status: StatusScanner | undefined;
  private from: OutgoingRequest | undefined;
  /** The server's response, even if an addon has replaced it. */
  private received: ResponseHead | undefined;
  /** The method as received: it determines which body the client expects, even if an addon has changed the request. */
  private readonly method: string;

  constructor(
    private readonly flow: HttpFlow,
    private to: IncomingRequest,
    private readonly services: Services,
    private readonly clock: Clock,
  ) {
    this.method = flow.request.method;
  }

  /** Records the server's final response. @param to the client's request; `Upgrade: h2c` may have replaced it */
  take(head: ResponseHead, from: OutgoingRequest, to: IncomingRequest): HttpResponse {
    const { response } = head;
    response.timestampStart = this.clock.now();
    this.from = from;
    this.to = to;
    this.received = head;
    this.flow.response = response;
    return response;
  }

  /**
   * Forwards head and body as they arrive, or keeps them if held; the head must not change any more.
   * @returns a promise if the body is incomplete
   */
  transfer(from: OutgoingRequest, response: HttpResponse): undefined | Promise<void> {
    const { flow, services, to } = this;
    const { hooks, spool } = services;
    services.largeBodies.checkHead(from);
    this.held = response.stream === undefined ? hooks.holds('response', flow) : !response.stream;
    this.streamed = this.held && response.stream === undefined && services.largeBodies.isStreamed(from);
    if (this.streamed) this.held = false;
    // The purpose of a replay is its response.
    const wanted = this.held || to.isReplay || hooks.keepsBodies(flow, 'responseHeaders');
    const keeps = wanted && !services.largeBodies.isDropped(from);
    if (keeps) response.body.keepIn(spool);
    const events = response.isEventStream ? this.eventsOf(response, keeps) : this.statusObserver(response);
    // Trailers set by an addon need chunked framing.
    if (response.trailers && !this.held) response.body.transforms ??= [];
    if (response.body.transforms && this.mayTransform(response)) {
      return this.transform(from, response, events).finally(() => this.splitter?.end());
    }
    // If an addon changed the method or the status, the client may expect no body.
    const unwanted = isBodiless(this.method, response.statusCode) && from.framing.kind !== 'none';
    if (this.held) return transferBody(from, response.body, undefined, false, services, events);
    this.begun = true;
    response.body.streaming = true;
    const framed = to.sendHead(response, from.framing, this.original);
    const pending = transferBody(from, response.body, unwanted ? undefined : to, framed, services, events);
    if (!this.splitter) return pending;
    return pending ? pending.finally(() => this.splitter!.end()) : this.splitter.end();
  }

  /**
   * Whether the response can have a body to transform. If not, the length of the transformed body is unknown, so its field is
   * removed.
   */
  private mayTransform(response: HttpResponse): boolean {
    const { statusCode, headers, body } = response;
    if (!isBodiless(this.method, statusCode)) return true;
    body.transforms = undefined;
    if (statusCode !== 204) headers.delete('content-length');
    return false;
  }

  /** Sends the head, and the output of the transforms as it arrives; only records the output if held. */
  private transform(from: OutgoingRequest, response: HttpResponse, events: ContentObserver | undefined): Promise<void> {
    const { flow, services } = this;
    const to = this.held ? undefined : this.to;
    if (to) {
      this.begun = true;
      response.body.streaming = true;
      response.headers.delete('content-length');
      to.sendHead(response, UNKNOWN_LENGTH, this.original);
    }
    this.transformation = new Transformation({ flow, message: response, from, to, services, events });
    return this.transformation.run();
  }

  /** Applies the transforms of a complete response. */
  async applyTransforms(response: HttpResponse): Promise<void> {
    if (this.mayTransform(response)) await response.body.applyTransforms(this.services.spool);
  }

  /** Whether the transforms ended before the server's body. */
  get endedEarly(): boolean {
    return this.transformation?.isReceived === false;
  }

  /** The exchange has ended: unfinished transforms get this error. */
  cancel(error: Error): void {
    this.transformation?.cancel(error);
    this.aborter?.abort(error);
  }

  /** Aborted when the exchange is canceled. */
  private get delivering(): AbortController {
    this.aborter ??= new AbortController();
    return this.aborter;
  }

  /** Sends the interim responses that an addon set, then waits for the response's delay. */
  async beginDelivery({ delivery }: HttpResponse): Promise<void> {
    const { interim } = this.flow;
    if (interim) sendInterim(interim, this.to);
    if (delivery && delivery.delay > 0) await pause(delivery.delay, this.delivering.signal);
  }

  /** Records the times of an event stream's events if the body is kept, and shows them to addons. */
  private eventsOf(response: HttpResponse, keeps: boolean): ContentObserver {
    const { flow, clock, services } = this;
    const { hooks, spool } = services;
    const isCoded = response.headers.has('content-encoding');
    let recorder: EventRecorder | undefined;
    if (keeps) {
      const marks = new EventMarks();
      marks.keepIn(spool);
      response.marks = marks;
      recorder = new EventRecorder(marks, clock, isCoded);
    }
    // Events in coded content cannot be parsed as they arrive.
    if (hooks.listens('serverSentEvent') && !isCoded && !this.held) {
      this.splitter = new EventSplitter((content) =>
        hooks.emit('serverSentEvent', { flow, event: { content, timestamp: clock.now() } }),
      );
    }
    return {
      push: (bytes) => {
        recorder?.push(bytes);
        return this.splitter?.push(bytes);
      },
    };
  }

  /** Finds the status of a call in its body, even if the body is not kept. */
  private statusObserver(response: HttpResponse): ContentObserver | undefined {
    const rpc = statusInBody(this.flow);
    // Coded content cannot be parsed as it arrives. If it is kept, the status is found at the end.
    if (!rpc || response.headers.has('content-encoding')) return undefined;
    const scanner = new StatusScanner(rpc, response.headers);
    this.status = scanner;
    return {
      push: (bytes) => {
        scanner.push(bytes);
        return undefined;
      },
    };
  }

  /** The received head, if the request's method is unchanged. */
  get original(): OriginalHead | undefined {
    return this.flow.request.method === this.method ? this.received?.original : undefined;
  }

  /** The whole body was read. */
  done(from: OutgoingRequest, response: HttpResponse): void {
    from.answered?.();
    response.body.complete = true;
    response.timestampEnd = this.clock.now();
    if (this.status) {
      response.statusInBody = this.status.end();
      response.isStatusRead = true;
    }
    response.trailers = from.trailers ?? response.trailers;
    if (!this.held) this.to.end(response.trailers);
  }

  /** Completes a synthetic response, which has no timestamps from a server. */
  stamp(response: HttpResponse): void {
    response.timestampStart ||= this.clock.now();
    response.timestampEnd ??= this.clock.now();
    response.body.complete = true;
  }

  /** Sends a complete response: a held or a synthetic one. */
  async sendWhole(response: HttpResponse): Promise<void> {
    this.begun = true;
    this.stamp(response);
    const hasBody = !isBodiless(this.method, response.statusCode);
    if (response.delivery && !response.body.changed) {
      await deliver(response, response.delivery, this.to, hasBody, this.delivering.signal);
      return hasBody && response.delivery.staysOpen ? this.untilLeft() : undefined;
    }
    this.to.sendHead(response, this.from?.framing ?? NO_BODY, undefined, response.body);
    if (hasBody) await sendWhole(response, this.to);
  }

  /** Waits until the client leaves a stream without an end. @throws ClientGoneError, or why the exchange was canceled */
  private async untilLeft(): Promise<never> {
    this.allSent = true;
    const { signal } = this.delivering;
    if (this.to.sideEnded) throw new ClientGoneError();
    if (!signal.aborted) await once(signal, 'abort');
    throw signal.reason;
  }

  /** The client has ended its side. It has left if there is nothing more to wait for. */
  clientEnded(): void {
    if (this.allSent) this.cancel(new ClientGoneError());
  }

  /** Releases the body of a response that an addon replaced, because it is not part of the flow. */
  releaseReplaced(): void {
    const received = this.received?.response;
    if (received && received !== this.flow.response) received.body.release();
  }
}
