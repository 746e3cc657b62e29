// A recording proxy on http-mitm-proxy: HTTP and intercepted HTTPS, a line of JSON for each exchange.
//
//     node recorder.mjs PORT CAPTURE
import { createWriteStream, mkdtempSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { dirname, join } from 'node:path';
import { Proxy as MitmProxy } from 'http-mitm-proxy';

const [port, capture] = process.argv.slice(2);
const output = createWriteStream(capture);

const proxy = new MitmProxy();
proxy.onError((_context, error) => process.stderr.write(`${error}\n`));
proxy.onRequest((context, next) => {
  const { method, url, rawHeaders } = context.clientToProxyRequest;
  const request = { started: Date.now(), method, url, headers: rawHeaders };
  const chunks = [];
  context.onResponseData((_context, chunk, pass) => {
    chunks.push(chunk);
    pass(null, chunk);
  });
  context.onResponseEnd((_context, pass) => {
    const { statusCode, rawHeaders: headers } = context.serverToProxyResponse;
    const body = Buffer.concat(chunks).toString('base64');
    output.write(`${JSON.stringify({ request, statusCode, headers, body })}\n`);
    pass();
  });
  next();
});
proxy.listen(
  {
    host: '127.0.0.1',
    port: Number(port),
    sslCaDir: mkdtempSync(join(dirname(capture), 'ca-')),
    keepAlive: true,
    httpAgent: new Agent({ keepAlive: true }),
    httpsAgent: new SecureAgent({ keepAlive: true, rejectUnauthorized: false }),
  },
  () => process.stderr.write(`listening at 127.0.0.1:${proxy.httpPort}\n`),
);
