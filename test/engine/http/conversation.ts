import type { ClientContext } from '../../../src/engine/client/client-context.js';
import { ClientGoneError, TruncatedError, UpstreamError } from '../../../src/engine/errors.js';
import { ClientSide } from '../../../src/engine/http/client-side.js';
import { Exchange } from '../../../src/engine/http/exchange.js';
import type {
  BodySink,
  Framing,
  IncomingRequest,
  MessageSource,
  MessageTarget,
  OutgoingRequest,
  ResponseHead,
  Tunnel,
  UpstreamConnection,
} from '../../../src/engine/http/wire.js';
import type { EngineOptions } from '../../../src/engine/options.js';
import { UpstreamPool } from '../../../src/engine/upstream/pool.js';
import type { Route } from '../../../src/engine/upstream/route.js';
import { ServerConnection } from '../../../src/flow/connection.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { type Addon, HOOK_NAMES } from '../../../src/flow/hooks/hooks.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { later } from '../../support/later.js';
import { testContext } from './context.js';

export interface Setting {
  addons?: Addon[];
  options?: Partial<EngineOptions>;
  /** Connections that are open already, and have carried a request. */
  reused?: number;
  route?: Route;
  refusal?: IncomingRequest['refusal'];
}

/**
 * Plays an exchange against wires that are scripts. A script is a list of lines: `>> …` is what client or server does,
 * `<< …` what comes of it.
 *
 *     >> client POST length 5 [expect] [close]     >> client body abcde    >> client end [A: 1]    >> client leaves
 *     >> server 200 length 2 [close]               >> server body ok       >> server end [A: 1]
 *     >> server closes                             >> server fails         (connecting does)
 *
 * @returns the script as it went: with the lines `<<` that came, in place of those that were expected
 */
export async function play(script: readonly string[], setting: Setting = {}): Promise<string[]> {
  const conversation = new Conversation(setting);
  for (const line of script) {
    if (line.startsWith('>> ')) await conversation.act(line);
  }
  await conversation.settle();
  return conversation.lines;
}

class Conversation {
  readonly lines: string[] = [];
  private readonly client: ClientSide;
  private incoming: FakeIncoming | undefined;
  private exchange: Exchange | undefined;
  private outgoing: FakeOutgoing | undefined;
  private connectFails = false;

  constructor(private readonly setting: Setting) {
    const context = this.context();
    const pool = new UpstreamPool(async (_, server) => {
      this.say('connect');
      if (this.connectFails) throw new UpstreamError('Could not connect.');
      return this.connection(false, server);
    });
    for (let count = 0; count < (setting.reused ?? 0); count++) pool.add(this.connection(true, new ServerConnection()));
    this.client = new ClientSide(context, pool, setting.route);
  }

  async act(line: string): Promise<void> {
    this.lines.push(line);
    const [, who, what, ...rest] = line.split(' ') as [string, string, string, ...string[]];
    if (who === 'client') this.actClient(what, rest);
    else this.actServer(what, rest);
    await this.settle();
  }

  /** Waits until nothing more comes of what was done. */
  async settle(): Promise<void> {
    for (let count = 0; count < 5; count++) await later();
  }

  private actClient(what: string, rest: string[]): void {
    const { incoming } = this;
    if (what === 'body') incoming!.give(rest.join(' '));
    else if (what === 'end') incoming!.finish(rest);
    else if (what === 'breaks') incoming!.fail(new ClientGoneError('Client disconnected inside the body.'));
    else if (what === 'leaves') {
      incoming!.fail(new ClientGoneError());
      this.exchange!.cancel(new ClientGoneError());
    } else this.request(what, rest);
  }

  private request(method: string, rest: string[]): void {
    const headers = Headers.from({});
    if (rest.includes('upgrade')) headers.set('Upgrade', 'x');
    const request = new HttpRequest({
      method,
      scheme: 'http',
      host: 'there.test',
      port: 80,
      authority: method === 'CONNECT' ? 'there.test:80' : '',
      path: method === 'CONNECT' ? '' : '/',
      httpVersion: 'HTTP/1.1',
      headers,
    });
    this.incoming = new FakeIncoming(request, rest, this.setting.refusal, (line) => this.say(`to client ${line}`));
    this.exchange = new Exchange(this.client, this.incoming);
    const { flow } = this.exchange;
    void this.exchange.run().then((outcome) => {
      this.say(`outcome ${typeof outcome === 'string' ? outcome : 'tunnel'}`);
      this.sayFlow(flow);
    });
  }

  private sayFlow({ error, response }: HttpFlow): void {
    if (error) this.say(`error ${error.code ?? error.message}`);
    else if (response) this.say(`recorded ${response.statusCode} ${response.body.complete ? 'whole' : 'cut'}`);
  }

  private actServer(what: string, rest: string[]): void {
    const { outgoing } = this;
    if (what === 'fails') this.connectFails = true;
    else if (what === 'body') outgoing!.give(rest.join(' '));
    else if (what === 'end') outgoing!.finish(rest);
    else if (what === 'closes') outgoing!.serverCloses();
    else outgoing!.answer(Number(what), rest);
  }

  private connection(reused: boolean, server: ServerConnection): UpstreamConnection {
    const connection: UpstreamConnection = {
      destination: { scheme: 'http', host: 'there.test', port: 80 },
      server,
      forwarder: undefined,
      multiplexed: false,
      onUnusable: () => {},
      canTake: () => !this.closed.has(connection),
      begin: () => {
        this.outgoing = new FakeOutgoing(connection, reused || this.begun.has(connection), (line) =>
          this.say(`to server ${line}`),
        );
        this.begun.add(connection);
        return this.outgoing;
      },
      close: () => void this.closed.add(connection),
    };
    return connection;
  }
  private readonly closed = new Set<UpstreamConnection>();
  private readonly begun = new Set<UpstreamConnection>();

  private say(line: string): void {
    this.lines.push(`<< ${line}`);
  }

  private context(): ClientContext {
    const recorder: Addon = Object.fromEntries(
      HOOK_NAMES.filter((name) => !['request', 'response', 'authenticate'].includes(name)).map((name) => [
        name,
        () => this.say(`hook ${name}`),
      ]),
    );
    return testContext([...(this.setting.addons ?? []), recorder], this.setting.options, (line) => this.say(line));
  }
}

/** A body that comes in as the script says, and one that goes out into it. */
abstract class FakeMessage implements MessageSource, MessageTarget {
  framing: Framing = { kind: 'none' };
  trailers: Headers | undefined;
  full = false;
  onDrain = (): void => {};
  private sink: BodySink | undefined;
  private readonly pieces: string[] = [];
  private state: 'open' | 'ended' | Error = 'open';
  private waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(protected readonly say: (line: string) => void) {}

  give(piece: string): void {
    if (this.sink) this.pass(piece);
    else this.pieces.push(piece);
  }

  finish(trailers: string[]): void {
    if (trailers.length > 0) this.trailers = new Headers(Buffer.from(`${trailers.join(' ')}\r\n`));
    this.state = 'ended';
    this.waiting?.resolve();
  }

  fail(error: Error): void {
    if (this.state !== 'open') return;
    this.state = error;
    this.waiting?.reject(error);
  }

  readBody(sink: BodySink): undefined | Promise<void> {
    this.sink = sink;
    for (const piece of this.pieces) this.pass(piece);
    if (this.state === 'ended') return undefined;
    if (this.state !== 'open') return Promise.reject(this.state);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private pass(piece: string): void {
    this.sink!.content(Buffer.from(piece));
    this.sink!.wire(Buffer.from(piece));
  }

  readonly blocked = false;
  readonly moved = 0;
  pause(): void {}
  resume(): void {}
  giveUp(): void {}

  write(bytes: Buffer): void {
    this.say(`body ${bytes.length > 20 ? `of ${bytes.length} bytes` : bytes}`);
  }

  end(trailers: Headers | undefined): void {
    this.say(`end${trailers ? ` ${trailers.bytes.toString().trim()}` : ''}`);
  }

  async drained(): Promise<void> {}
}

class FakeIncoming extends FakeMessage implements IncomingRequest {
  readonly original = undefined;
  readonly isReplay = false;
  readonly expectsContinue: boolean;
  persistent = true;

  constructor(
    readonly request: HttpRequest,
    words: string[],
    readonly refusal: IncomingRequest['refusal'],
    say: (line: string) => void,
  ) {
    super(say);
    this.framing = framingOf(words);
    this.expectsContinue = words.includes('expect');
  }

  receivedField(): undefined {}

  sendInterim({ statusCode }: HttpResponse): void {
    this.say(`${statusCode}`);
  }

  sendHead({ statusCode }: HttpResponse, framing: Framing, _?: unknown, whole?: { size: number }): boolean {
    this.say(`${statusCode} ${describe(framing, whole)}`);
    return false;
  }

  retractHead(): boolean {
    return false;
  }

  sendErrorPage(status: number, message: string): void {
    this.say(`page ${status} ${message}`);
  }

  abort(): void {
    this.say('aborted');
  }

  startTunnel({ statusCode }: HttpResponse): Tunnel {
    this.say(`tunnel ${statusCode}`);
    return { channel: undefined as never, rest: Buffer.alloc(0) };
  }
}

class FakeOutgoing extends FakeMessage implements OutgoingRequest {
  readonly refused = false;
  readonly stopped = undefined;
  sent = 0;
  persistent = true;
  private head: ResponseHead | Error | undefined;
  private waitingForHead:
    | { resolve: (head: ResponseHead | undefined) => void; reject: (error: Error) => void }
    | undefined;
  private heads: ResponseHead[] = [];
  private closed = false;

  constructor(
    private readonly connection: UpstreamConnection,
    private readonly reused: boolean,
    say: (line: string) => void,
  ) {
    super(say);
  }

  get unprocessed(): boolean {
    return this.reused;
  }

  send(request: HttpRequest, framing: Framing, _?: unknown, whole?: { size: number }): boolean {
    this.say(`${request.method} ${describe(framing, whole)}`);
    return false;
  }

  answer(statusCode: number, words: string[]): void {
    if (words.includes('close')) this.persistent = false;
    if (statusCode >= 200) this.framing = framingOf(words);
    const headers = Headers.from({});
    const response = new HttpResponse({ statusCode, reason: '', httpVersion: 'HTTP/1.1', headers });
    const head = { response, original: undefined };
    if (!this.waitingForHead) this.heads.push(head);
    else {
      const { resolve } = this.waitingForHead;
      this.waitingForHead = undefined;
      resolve(head);
    }
  }

  serverCloses(): void {
    this.closed = true;
    this.connection.close();
    if (this.waitingForHead) this.waitingForHead.resolve(undefined);
    else this.fail(new TruncatedError('Connection closed with bytes of the body missing'));
  }

  readHead(): ResponseHead | undefined | Promise<ResponseHead | undefined> {
    const head = this.heads.shift();
    if (head || this.closed) return head;
    if (this.head instanceof Error) return Promise.reject(this.head);
    return new Promise((resolve, reject) => {
      this.waitingForHead = { resolve, reject };
    });
  }

  detach(): never {
    throw new Error('A script has no tunnels');
  }

  abort(error: Error = new UpstreamError('The server closed the connection.')): void {
    this.say('aborted');
    this.closed = true;
    this.connection.close();
    this.head = error;
    this.waitingForHead?.reject(error);
    this.waitingForHead = undefined;
    this.fail(error);
  }
}

function framingOf(words: string[]): Framing {
  const at = words.indexOf('length');
  if (at >= 0) return { kind: 'length', length: Number(words[at + 1]) };
  return { kind: words.includes('chunked') ? 'chunked' : words.includes('stream') ? 'stream' : 'none' };
}

function describe(framing: Framing, whole: { size: number } | undefined): string {
  if (whole) return `whole ${whole.size}`;
  return framing.kind === 'length' ? `length ${framing.length}` : framing.kind;
}
