import type { Duplex } from 'node:stream';
import { ServerConnection } from '../../flow/connection.js';
import { hostFromWire } from '../../flow/text/host-name.js';
import { quoteWire } from '../../flow/text/quote.js';
import type { ClientContext } from '../client/client-context.js';
import { ClientGoneError, ProtocolError, UpstreamError } from '../errors.js';
import type { ConnectionTarget, Mode } from '../listen/modes/mode.js';
import type { Channel } from '../net/channel.js';
import { NoMessageError, readMessage } from '../net/read-message.js';
import { ALERTS, beginsHandshake, fatalAlert } from '../net/tls-record.js';
import { connectsEarly, isHttpOnly } from '../upstream/connection-strategy.js';
import { Route } from '../upstream/route.js';
import { connectServer } from '../upstream/server-connection.js';
import { AddressTypeError } from './address.js';
import {
  Method,
  Reply,
  readCredentials,
  readGreeting,
  readRequest,
  SocksCommand,
  SocksError,
  writeMethod,
  writeReply,
  writeVerdict,
} from './messages.js';

/** A SOCKS 5 proxy (RFC 1928): the handshake of each connection names its destination. */
export class Socks5Mode implements Mode {
  async resolveTarget(context: ClientContext, channel: Channel): Promise<ConnectionTarget> {
    const handshake = new Handshake(context, channel.stream);
    try {
      return { kind: 'routed', route: await handshake.run() };
    } catch (error) {
      const refusal = error instanceof SocksRefusal ? error : handshake.refusalFor(error as Error);
      context.services.log[refusal.level](refusal.message, context.client);
      if (refusal.answer) channel.stream.write(refusal.answer);
      channel.lingeringClose();
      return ENDED;
    }
  }
}

const ENDED: ConnectionTarget = { kind: 'ended' };

/** Why a client is refused, and the response to it. */
class SocksRefusal extends Error {
  override name = 'SocksRefusal';
  constructor(
    message: string,
    readonly answer: Buffer | undefined,
    readonly level: 'info' | 'warn' = 'warn',
  ) {
    super(message);
  }
}

/** The handshake of one connection. */
class Handshake {
  constructor(
    private readonly context: ClientContext,
    private readonly stream: Duplex,
  ) {}

  /** @returns the route to the requested destination */
  async run(): Promise<Route> {
    await this.greet();
    const { command, address } = await this.read(readRequest);
    if (command !== SocksCommand.connect) {
      throw new SocksRefusal(
        `SOCKS: the client requested ${COMMANDS[command] ?? `the command ${command}`}; only CONNECT is supported.`,
        writeReply(Reply.commandNotSupported),
      );
    }
    const [name, port] = address;
    if (name === '' || port === 0) {
      throw new SocksRefusal('SOCKS: the client gave no host or port.', writeReply(Reply.hostUnreachable));
    }
    const host = hostFromWire(name);
    if (host === undefined) {
      throw new SocksRefusal(`SOCKS: invalid host name ${quoteWire(name)}.`, writeReply(Reply.hostUnreachable));
    }
    const server = new ServerConnection();
    server.address = [host, port];
    const eager = connectsEarly(this.context.services, [host, port]);
    const ready = eager ? await connectServer(this.context, server) : undefined;
    this.stream.write(writeReply(Reply.succeeded));
    const connect = (connection: ServerConnection) => connectServer(this.context, connection);
    const servesHttp = !ready && isHttpOnly(this.context.services, [host, port]);
    return new Route({ scheme: 'http', host, port }, connect, { ready, servesHttp });
  }

  /**
   * The refusal for an error in the handshake.
   * @throws the error itself if it is neither the client's nor the server's fault
   */
  refusalFor(error: Error): SocksRefusal {
    if (error instanceof ClientGoneError) throw error;
    if (error instanceof NoMessageError)
      return new SocksRefusal(`SOCKS: the client ${error.message}.`, undefined, 'info');
    if (error instanceof AddressTypeError) {
      return new SocksRefusal(`SOCKS: the client sent ${error.message}.`, writeReply(Reply.addressTypeNotSupported));
    }
    const reply = replyTo(error);
    if (reply === undefined) throw error;
    return new SocksRefusal(error.message, writeReply(reply));
  }

  /** Negotiates the authentication method and authenticates the client (RFC 1928 section 3, RFC 1929). */
  private async greet(): Promise<void> {
    const { authentication } = this.context;
    const { methods } = await this.read(readGreeting);
    const method = authentication.required ? Method.password : Method.none;
    if (!methods.includes(method)) {
      const required = authentication.required
        ? 'authentication by user name and password'
        : 'a connection without authentication';
      throw new SocksRefusal(`SOCKS: the client does not offer ${required}.`, writeMethod(Method.unacceptable));
    }
    this.stream.write(writeMethod(method));
    if (!authentication.required) return;
    const { credentials } = await this.read(readCredentials);
    const accepted = await authentication.checkConnection(credentials);
    // `Authentication` has logged it.
    if (!accepted) throw new SocksRefusal('SOCKS: refused.', writeVerdict(false), 'info');
    this.stream.write(writeVerdict(true));
  }

  private read<Message extends { end: number }>(read: (bytes: Buffer) => Message | undefined): Promise<Message> {
    const { deadlines, options } = this.context.services;
    return readMessage(this.stream, deadlines.create(), options.headerTimeout, (bytes) => {
      try {
        return read(bytes);
      } catch (error) {
        if (!(error instanceof SocksError)) throw error;
        // Only the first message can belong to another protocol.
        const foreign = read === (readGreeting as unknown) ? foreignProtocol(bytes) : undefined;
        throw new SocksRefusal(`SOCKS: ${foreign?.message ?? `the client sent ${error.message}`}.`, foreign?.answer);
      }
    });
  }
}

const COMMANDS: Readonly<Record<number, string>> = {
  [SocksCommand.bind]: 'BIND',
  [SocksCommand.udpAssociate]: 'UDP ASSOCIATE',
};

/** The reply code for a failed connection. @returns undefined if the error is our own fault */
export function replyTo(error: Error): number | undefined {
  // The connection would lead back to us.
  if (error instanceof ProtocolError) return Reply.notAllowed;
  if (!(error instanceof UpstreamError)) return undefined;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return REPLIES[code ?? ''] ?? (error.status === 504 ? Reply.hostUnreachable : Reply.failure);
}

const REPLIES: Readonly<Record<string, number>> = {
  ECONNREFUSED: Reply.refused,
  ENETUNREACH: Reply.networkUnreachable,
  EHOSTUNREACH: Reply.hostUnreachable,
  ENOTFOUND: Reply.hostUnreachable,
  EAI_AGAIN: Reply.hostUnreachable,
  ETIMEDOUT: Reply.hostUnreachable,
};

/** Another protocol than SOCKS 5, and a response that its client can parse. */
interface ForeignProtocol {
  message: string;
  answer: Buffer;
}

/** @returns undefined for an unknown protocol */
function foreignProtocol(bytes: Buffer): ForeignProtocol | undefined {
  if (bytes[0] === 4) {
    return {
      message: 'the client speaks SOCKS 4; set it up for SOCKS 5 (socks5://)',
      // Version 0, code 91: rejected.
      answer: Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]),
    };
  }
  if (/^[A-Z]{1,20}( |$)/.test(bytes.toString('latin1', 0, 21))) {
    return {
      message: 'the client speaks HTTP; set it up for SOCKS 5 (socks5://), or use a listener in mode regular',
      answer: Buffer.from(
        `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: ${HINT.length}\r\n\r\n${HINT}`,
      ),
    };
  }
  if (beginsHandshake(bytes) !== false) {
    return {
      message: 'the client speaks TLS; SOCKS 5 has no TLS',
      answer: fatalAlert(ALERTS.unexpectedMessage),
    };
  }
  return undefined;
}

const HINT = 'This is a SOCKS 5 proxy, not an HTTP proxy.\n';
