import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type {
  BodySink,
  Framing,
  IncomingRequest,
  MessageSource,
  MessageTarget,
  OutgoingRequest,
  ResponseHead,
  UpstreamConnection,
} from '../../../src/engine/http/wire.js';
import type { Destination } from '../../../src/engine/upstream/route.js';
import type { ServerConnection } from '../../../src/flow/connection.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';

/** As much of HTTP/2, on Node's own, as shows that an exchange needs to know nothing of it. */
abstract class Http2Message implements MessageSource, MessageTarget {
  framing: Framing = { kind: 'stream' };
  trailers: Headers | undefined;
  onDrain = (): void => {};
  protected stream!: ServerHttp2Stream | ClientHttp2Stream;
  private outTrailers: Headers | undefined;

  protected attach(stream: ServerHttp2Stream | ClientHttp2Stream): void {
    this.stream = stream;
    stream.on('trailers', (fields: IncomingHttpHeaders) => {
      this.trailers = fromFields(fields);
    });
    stream.on('error', () => {});
    stream.on('drain', () => this.onDrain());
    stream.on('wantTrailers', () => stream.sendTrailers(toFields(this.outTrailers!)));
  }

  readBody(sink: BodySink): Promise<void> {
    const { stream } = this;
    return new Promise((resolve, reject) => {
      stream.on('data', (bytes: Buffer) => {
        sink.content(bytes);
        sink.wire(bytes);
      });
      stream.once('end', resolve);
      stream.once('close', () => reject(new Error('The stream was reset.')));
    });
  }

  readonly blocked = false;
  readonly moved = 0;
  giveUp = (error: Error): void => void this.stream.destroy(error);
  pause = (): void => void this.stream.pause();
  resume = (): void => void this.stream.resume();
  write = (bytes: Buffer): void => void this.stream.write(bytes);
  drained = (): Promise<void> => new Promise((resolve) => this.stream.once('drain', resolve));

  end(trailers: Headers | undefined): void {
    this.outTrailers = trailers ?? new Headers();
    this.stream.end();
  }

  get full(): boolean {
    return this.stream.writableNeedDrain;
  }
}

export class Http2Incoming extends Http2Message implements IncomingRequest {
  readonly request: HttpRequest;
  readonly original = undefined;
  readonly isReplay = false;
  readonly refusal = undefined;
  readonly persistent = true;
  readonly expectsContinue: boolean;

  constructor(
    private readonly own: ServerHttp2Stream,
    fields: IncomingHttpHeaders,
    port: number,
  ) {
    super();
    this.attach(own);
    const { ':method': method, ':path': path, ':authority': authority } = fields;
    this.request = new HttpRequest({
      method: method!,
      scheme: 'http',
      host: '127.0.0.1',
      port,
      authority: authority!,
      path: path!,
      httpVersion: 'HTTP/2.0',
      headers: fromFields(fields),
    });
    this.expectsContinue = fields.expect === '100-continue';
    if (own.readableEnded || own.endAfterHeaders) this.framing = { kind: 'none' };
  }

  receivedField = (name: string): string | undefined => this.request.headers.get(name);

  sendInterim({ statusCode, headers }: HttpResponse): void {
    this.own.additionalHeaders({ ':status': statusCode, ...toFields(headers) });
  }

  sendHead({ statusCode, headers }: HttpResponse): boolean {
    this.own.respond({ ':status': statusCode, ...toFields(headers) }, { waitForTrailers: true });
    return false;
  }

  retractHead = (): boolean => false;

  sendErrorPage(status: number, message: string): void {
    this.own.respond({ ':status': status });
    this.own.end(message);
  }

  abort = (): void => this.own.close(constants.NGHTTP2_CANCEL);
  startTunnel = missing;
}

export class Http2Connection implements UpstreamConnection {
  readonly forwarder = undefined;
  readonly multiplexed = true;
  onUnusable = (): void => {};

  constructor(
    private readonly session: ClientHttp2Session,
    readonly destination: Destination,
    readonly server: ServerConnection,
  ) {
    session.on('close', () => this.onUnusable());
  }

  canTake = (): boolean => !this.session.closed && !this.session.destroyed;
  begin = (): OutgoingRequest => new Http2Outgoing(this.session);
  close = (): void => this.session.close();
}

class Http2Outgoing extends Http2Message implements OutgoingRequest {
  readonly sent = 0;
  readonly persistent = true;
  readonly unprocessed = false;
  private readonly heads: (ResponseHead | undefined)[] = [];
  private wake = (): void => {};

  constructor(private readonly session: ClientHttp2Session) {
    super();
  }

  send({ method, path, authority, headers }: HttpRequest, framing: Framing): boolean {
    const fields = { ':method': method, ':path': path, ':authority': authority, ...toFields(headers) };
    const stream = this.session.request(fields, { endStream: framing.kind === 'none', waitForTrailers: true });
    this.attach(stream);
    const found = (fields: IncomingHttpHeaders): void => this.push(responseOf(fields));
    stream.on('headers', found);
    stream.on('response', found);
    stream.once('close', () => this.push(undefined));
    return false;
  }

  async readHead(): Promise<ResponseHead | undefined> {
    while (this.heads.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.heads.shift();
  }

  abort = (): void => this.stream.close(constants.NGHTTP2_CANCEL);

  detach = missing;

  private push(head: ResponseHead | undefined): void {
    this.heads.push(head);
    this.wake();
  }
}

function missing(): never {
  throw new Error('Not in this adapter');
}

function responseOf(fields: IncomingHttpHeaders): ResponseHead {
  const headers = fromFields(fields);
  const statusCode = Number(fields[':status']);
  return {
    response: new HttpResponse({ statusCode, reason: '', httpVersion: 'HTTP/2.0', headers }),
    original: undefined,
  };
}

function fromFields(fields: IncomingHttpHeaders): Headers {
  return Headers.from(
    Object.entries(fields)
      .filter(([name]) => !name.startsWith(':'))
      .flatMap(([name, value]) => [value ?? ''].flat().map((each) => [name, each] as const)),
  );
}

function toFields(headers: Headers): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (const [name] of headers) fields[name.toLowerCase()] = headers.getAll(name);
  return fields;
}
