import t from 'tap';
import { Body } from '../../src/flow/body/body.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { SecretDetector } from '../../src/redact/detector.js';
import { Redactor, redactFlow } from '../../src/redact/index.js';
import { type Exchange, marksIn, plantedExchanges } from './planted.js';

function body(headers: Headers, bytes: Buffer): Body {
  const read = async function* (): AsyncGenerator<Buffer> {
    yield bytes;
  };
  return Body.of(headers, { size: bytes.length, buffer: bytes, read, release: () => {} }, bytes.length, true);
}

function flowOf({ path, requestHeaders, requestBody, responseHeaders, responseBody, trailers }: Exchange): HttpFlow {
  const headers = Headers.from([...requestHeaders, ['Content-Length', String(requestBody.length)]]);
  const request = new HttpRequest({
    method: 'POST',
    scheme: 'https',
    host: 'api.example',
    port: 443,
    authority: '',
    path,
    httpVersion: 'HTTP/1.1',
    headers,
    body: body(headers, requestBody),
  });
  const fields = Headers.from([...responseHeaders, ['Content-Length', String(responseBody.length)]]);
  const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), request, 0);
  flow.response = new HttpResponse({
    statusCode: 200,
    reason: 'OK',
    httpVersion: 'HTTP/1.1',
    headers: fields,
    body: body(fields, responseBody),
  });
  if (trailers.length > 0) flow.response.trailers = Headers.from(trailers);
  return flow;
}

/** All that a record of the flow would hold, decoded and as it is. */
async function contentOf(flow: HttpFlow): Promise<Buffer> {
  const { request, response } = flow;
  const parts = [Buffer.from(request.path, 'latin1'), request.headers.bytes, await request.body.bytes()];
  parts.push(response!.headers.bytes, await response!.body.bytes(), response!.trailers?.bytes ?? Buffer.alloc(0));
  parts.push(
    await request.body.rawBytes(),
    await response!.body.rawBytes(),
    Buffer.from(JSON.stringify(flow.metadata)),
  );
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
}

t.test('planted secrets are replaced, and nothing is left to find', async (t) => {
  const redactor = new Redactor({ key: Buffer.from('0123456789abcdef') });
  const detector = new SecretDetector();
  const exchanges = plantedExchanges();
  t.ok(exchanges.reduce((sum, { marks }) => sum + marks.length, 0) >= 300, 'enough secrets');
  for (const exchange of exchanges) {
    const flow = flowOf(exchange);
    const name = `${exchange.path} ${JSON.stringify([...exchange.requestHeaders, ...exchange.responseHeaders])}`;
    const before = await contentOf(flow);
    t.same(marksIn(before, exchange.marks).length, exchange.marks.length, `${name}: planted`);
    const { flow: redacted, findings } = await redactFlow(redactor, flow);
    const after = await contentOf(redacted as HttpFlow);
    t.same(marksIn(after, exchange.marks), [], name, { after: after.toString('latin1') });
    t.ok(findings.counts.size > 0, `${name}: counted`);
    t.same(await contentOf(flow), before, `${name}: the flow itself is unchanged`);
    const { request, response } = redacted as HttpFlow;
    t.equal(request.headers.get('content-length'), String(request.body.size), `${name}: length of the request`);
    t.equal(response!.headers.get('content-length'), String(response!.body.size), `${name}: length of the response`);
    const again = await redactFlow(redactor, redacted);
    t.same([...again.findings.counts], [], `${name}: finds nothing the second time`, {
      after: after.toString('latin1'),
    });
    t.ok(
      detector.inTarget(flow) ||
        detector.inHead(flow.request) ||
        detector.inHead(flow.response!) ||
        detector.inContent(await flow.request.body.bytes(), flow.request.headers.get('content-type')),
      `${name}: ~secret`,
    );
  }
});
