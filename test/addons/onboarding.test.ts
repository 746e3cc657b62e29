import t from 'tap';
import { Onboarding } from '../../src/addons/onboarding.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';

const forms = { pem: 'the pem', p12: async () => Buffer.from('the p12') };

function flowTo(host: string, path: string): HttpFlow {
  const headers = Headers.from({ Host: host });
  const parts = {
    method: 'GET',
    scheme: 'http',
    host,
    port: 80,
    authority: host,
    path,
    httpVersion: 'HTTP/1.1',
    headers,
  };
  return new HttpFlow(new ClientConnection(), new ServerConnection(), new HttpRequest(parts), 0);
}

t.test('the certificate in its forms, and a page', async (t) => {
  const cases: [path: string, status: number, type: string, content: RegExp][] = [
    ['/', 200, 'text/html', /href="\/cert\/pem"/],
    ['/?x', 200, 'text/html', /mitm\.test/],
    ['/cert/pem', 200, 'application/x-x509-ca-cert', /^the pem$/],
    ['/cert/cer', 200, 'application/x-x509-ca-cert', /^the pem$/],
    ['/cert/p12', 200, 'application/x-pkcs12', /^the p12$/],
    ['/favicon.ico', 404, 'text/plain', /certificates/],
  ];
  for (const [path, status, type, content] of cases) {
    const flow = flowTo('mitm.test', path);
    await new Onboarding('Mitm.Test', forms).requestHeaders(flow);
    t.equal(flow.response?.statusCode, status, path);
    t.ok(flow.response?.headers.get('content-type')?.startsWith(type), path);
    t.match(await flow.response!.body.text(), content, path);
  }
});

t.test('any spelling of the host name', async (t) => {
  const cases: [option: string, host: string][] = [
    ['mitm.it', 'MITM.it'],
    ['mitm.it', 'mitm.it.'],
    ['mitm.it.', 'mitm.it'],
    ['bücher.test', 'xn--bcher-kva.test'],
  ];
  for (const [option, host] of cases) {
    const flow = flowTo(host, '/cert/pem');
    await new Onboarding(option, forms).requestHeaders(flow);
    t.equal(flow.response?.statusCode, 200, `${option} ${host}`);
  }
});

t.test('other hosts are left alone, at the price of no promise', (t) => {
  const addon = new Onboarding('mitm.it', forms);
  for (const host of ['example.com', 'mitm.com', 'mitm.it.example.com', 'mitm.it..', 'mitm.itx']) {
    const flow = flowTo(host, '/cert/pem');
    t.equal(addon.requestHeaders(flow), undefined);
    t.equal(flow.response, undefined);
  }
  t.end();
});
