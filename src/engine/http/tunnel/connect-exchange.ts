import type { ServerConnection } from '../../../flow/connection.js';
import type { ErrorCode } from '../../../flow/error-codes.js';
import { formatHostPort } from '../../../flow/http/authority.js';
import { ProtocolError } from '../../errors.js';
import { connectsEarly, isHttpOnly } from '../../upstream/connection-strategy.js';
import { withoutCredentials } from '../../upstream/dial/upstream-proxy.js';
import { Route } from '../../upstream/route.js';
import { ServerChannel } from '../../upstream/server-channel.js';
import { connectServer } from '../../upstream/server-connection.js';
import type { ExchangeParts } from '../exchange-parts.js';
import type { Outcome } from '../outcome.js';
import { statusOnly } from '../wire.js';
import { chainConnect } from './chain-connect.js';

/**
 * Serves a CONNECT (RFC 9110 section 9.3.6). An accepted one is not recorded as a flow: the traffic in its tunnel is.
 */
export class ConnectExchange {
  constructor(private readonly exchange: ExchangeParts) {}

  async run(): Promise<Outcome> {
    const { flow, client, incoming, response } = this.exchange;
    if (incoming.refusal) this.exchange.refuse(incoming.refusal);
    if (client.route?.fixed) this.exchange.refuse(new ProtocolError(400, NO_CONNECT));
    await this.exchange.afterHooks(client.context.services.hooks.emit('httpConnect', flow));
    if (flow.response && !isSuccess(flow.response.statusCode)) {
      await this.fail('CONNECT was refused by an addon.', 'refused-by-addon');
      await response.sendWhole(flow.response);
      return 'done';
    }
    return client.route ? this.forward() : this.accept();
  }

  /** Sends a 200; with `connection_strategy=eager` only after connecting to the server. */
  private async accept(): Promise<Outcome> {
    const { flow, incoming, client } = this.exchange;
    const { context } = client;
    const { host, port } = flow.request;
    const via = flow.request.via && withoutCredentials(flow.request.via);
    flow.server.via = via;
    const ready = connectsEarly(context.services, [host, port]) ? await connectServer(context, flow.server) : undefined;
    try {
      void this.exchange.afterHooks(undefined);
    } catch (error) {
      ready?.destroy();
      throw error;
    }
    context.authentication.acceptConnection();
    const { rest } = incoming.startTunnel(statusOnly(200, 'Connection established'));
    const connect = (server: ServerConnection) => {
      server.via ??= via;
      return connectServer(context, server);
    };
    const servesHttp = !ready && isHttpOnly(context.services, [host, port]);
    return { route: new Route({ scheme: 'http', host, port }, connect, { ready, scope: '', servesHttp }), rest };
  }

  /** Forwards the CONNECT to the connection's destination, which is another proxy. */
  private async forward(): Promise<Outcome> {
    const { flow, client, incoming, request, response, server } = this.exchange;
    request.begin();
    const head = await server.fetchHead();
    const { statusCode, reason } = head.response;
    if (isSuccess(statusCode)) {
      const { channel, rest } = server.detach();
      // A request for a tunnel is never sent over HTTP/2.
      if (!(channel instanceof ServerChannel)) throw new ProtocolError(502, 'The tunnel is not a separate connection.');
      return chainConnect(client, flow, incoming, { channel, rest }, head);
    }
    const why = `${statusCode} ${reason}`.trimEnd();
    await this.fail(
      `The proxy ${formatHostPort(flow.request.host, flow.request.port)} refused CONNECT: ${why}.`,
      'upstream-proxy-refused',
    );
    const outgoing = server.outgoing!;
    const refusal = response.take(head, outgoing, incoming);
    const pending = response.transfer(outgoing, refusal);
    if (pending) await pending;
    response.done(outgoing, refusal);
    return this.exchange.settle(outgoing, undefined);
  }

  private async fail(message: string, code: ErrorCode): Promise<void> {
    const { flow, client, clock } = this.exchange;
    flow.error = { message, timestamp: clock.now(), code };
    await client.context.services.hooks.emit('httpConnectError', flow);
  }
}

const NO_CONNECT = 'This is a reverse proxy for one server; it does not accept CONNECT.';

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}
