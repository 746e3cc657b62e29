import { Body } from '../../flow/body/body.js';
import { type Flow, HttpFlow, TcpFlow, UdpFlow } from '../../flow/flow.js';
import type { HttpMessage } from '../../flow/http/http-message.js';
import { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import { MessageLog } from '../../flow/message-log/message-log.js';
import type { Redactor } from '../redactor.js';
import { type RedactedFlow, redactFlow } from './redact-flow.js';

/** The redacted form of a flow without bodies and messages. The sizes of bodies are kept. */
export function redactHeads(redactor: Redactor, flow: Flow): Flow {
  return (redactFlow(redactor, withoutContents(flow), { contents: false, ended: true }) as RedactedFlow).flow;
}

function withoutContents(flow: Flow): Flow {
  if (flow.type === 'dns') return flow;
  const { client, server, timestampCreated, id } = flow;
  if (flow.type !== 'http') {
    const { count, size } = flow.messages;
    const kind = flow.type === 'tcp' ? TcpFlow : UdpFlow;
    return withCommon(new kind(client, server, MessageLog.of(undefined, count, size), timestampCreated, id), flow);
  }
  const { request, response, messages } = flow;
  const copy = new HttpFlow(client, server, withoutRequestBody(request), timestampCreated, id);
  copy.response = response && withoutResponseBody(response);
  copy.interim = flow.interim;
  copy.messages = messages && MessageLog.of(undefined, messages.count, messages.size);
  copy.websocket = flow.websocket;
  return withCommon(copy, flow);
}

function withCommon<Kind extends Flow>(copy: Kind, { error, isReplay, metadata, comment, marked }: Flow): Kind {
  return Object.assign(copy, { error, isReplay, metadata, comment, marked });
}

function withoutRequestBody(request: HttpRequest): HttpRequest {
  const { method, scheme, host, port, authority, path, httpVersion, headers } = request;
  const body = sizeOnly(request);
  return withTimes(
    new HttpRequest({ method, scheme, host, port, authority, path, httpVersion, headers, body }),
    request,
  );
}

function withoutResponseBody(response: HttpResponse): HttpResponse {
  const { statusCode, reason, httpVersion, headers } = response;
  return withTimes(new HttpResponse({ statusCode, reason, httpVersion, headers, body: sizeOnly(response) }), response);
}

function sizeOnly({ headers, body }: HttpMessage): Body {
  return Body.of(headers, undefined, body.size, body.complete);
}

function withTimes<Kind extends HttpMessage>(
  copy: Kind,
  { trailers, timestampStart, timestampEnd }: HttpMessage,
): Kind {
  return Object.assign(copy, { trailers, timestampStart, timestampEnd });
}
