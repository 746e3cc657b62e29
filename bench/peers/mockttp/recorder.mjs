// A recording proxy on mockttp: HTTP and intercepted HTTPS, a line of JSON for each exchange.
//
//     node recorder.mjs PORT CAPTURE CA_CERTIFICATE CA_KEY
import { createWriteStream } from 'node:fs';
import { getLocal } from 'mockttp';

const [port, capture, certPath, keyPath] = process.argv.slice(2);
const output = createWriteStream(capture);
const requests = new Map();

const proxy = getLocal({ https: { certPath, keyPath }, http2: false, recordTraffic: false });
await proxy.forAnyRequest().thenPassThrough({ ignoreHostHttpsErrors: true });
await proxy.on('request', ({ id, method, url, rawHeaders, timingEvents }) => {
  requests.set(id, { started: timingEvents.startTime, method, url, headers: rawHeaders });
});
await proxy.on('response', ({ id, statusCode, rawHeaders, body }) => {
  const request = requests.get(id);
  requests.delete(id);
  output.write(
    `${JSON.stringify({ request, statusCode, headers: rawHeaders, body: body.buffer.toString('base64') })}\n`,
  );
});
await proxy.on('abort', ({ id }) => requests.delete(id));
await proxy.start(Number(port));
process.stderr.write(`listening at 127.0.0.1:${proxy.port}\n`);
