import { once } from 'node:events';
import { connect } from 'node:http2';
import t from 'tap';
import { OK, RawOrigin } from '../../support/raw-origin.js';
import { TestProxy } from '../../support/test-proxy.js';

/** What servers without HTTP/2 say to its preface. */
const ANSWERS: [name: string, answer: string][] = [
  ['an error', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
  ['a success', OK],
  ['a page without a head', '<!DOCTYPE HTML>\n<html><body><h1>Error 505</h1></body></html>\n'],
];

/** Requests, and what such a server gets. */
const REQUESTS: [name: string, fields: object, body: string, expected: string][] = [
  [
    'a GET',
    { cookie: ['a=1', 'b=2'], te: 'trailers' },
    '',
    'GET / HTTP/1.1\r\nHost: HOST\r\ncookie: a=1; b=2\r\nte: trailers\r\n\r\n',
  ],
  [
    'a body of known length',
    { ':method': 'POST', 'content-length': 4 },
    'body',
    'POST / HTTP/1.1\r\nHost: HOST\r\ncontent-length: 4\r\n\r\nbody',
  ],
  [
    'a body of unknown length',
    { ':method': 'POST' },
    'body',
    'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\n\r\nbody',
  ],
];

for (const [answered, answer] of ANSWERS) {
  for (const [sent, fields, body, expected] of REQUESTS) {
    t.test(`a server that answers the preface with ${answered} gets ${sent} in HTTP/1.1`, async (t) => {
      const origin = await RawOrigin.start(t, async (wire, index) => {
        await wire.has('\r\n\r\n');
        // A request is sent again if its whole body was received.
        if (body !== '') await wire.has(body);
        if (index === 0) return wire.end(answer);
        wire.send(OK);
      });
      const proxy = await TestProxy.start(t, { options: { mode: [`reverse:http://${origin.authority}`] } });
      const client = connect(`http://127.0.0.1:${proxy.port}`);
      t.teardown(() => client.destroy());
      const stream = client.request({ ':path': '/', ...fields }, { endStream: body === '' });
      if (body !== '') stream.end(body);
      const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
      stream.resume();
      await once(stream, 'close');
      t.equal(head[':status'], 200);
      t.equal(origin.connections[1]?.text, expected.replace('HOST', origin.authority));
      const { flow } = await proxy.http();
      t.same([flow.request.httpVersion, flow.response?.httpVersion], ['HTTP/2.0', 'HTTP/1.1']);
    });
  }
}

for (const [name, fields, first] of [
  ['a part', {}, 'bo'],
  ['nothing, because the client waits for a 100', { expect: '100-continue' }, ''],
] as const) {
  t.test(`an upload of which ${name} was sent is sent again when it is complete`, async (t) => {
    const origin = await RawOrigin.start(t, async (wire, index) => {
      await wire.has('\r\n\r\n');
      if (index === 0) return wire.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
      await wire.has('body');
      wire.send(OK);
    });
    const proxy = await TestProxy.start(t, { options: { mode: [`reverse:http://${origin.authority}`] } });
    const client = connect(`http://127.0.0.1:${proxy.port}`);
    t.teardown(() => client.destroy());
    const stream = client.request({ ':path': '/', ':method': 'POST', ...fields }, { endStream: false });
    if (first !== '') stream.write(first);
    if ('expect' in fields) await once(stream, 'continue');
    else
      await (await origin.connection()).until(
        () => origin.connections[0]!.ended || origin.connections[0]!.closed,
        'the end',
      );
    stream.end('body'.slice(first.length));
    const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
    stream.resume();
    await once(stream, 'close');
    t.equal(head[':status'], 200);
    t.match(origin.connections[1]?.text, /^POST .*body$/s);
    const { requestBody, flow } = await proxy.http();
    t.same([requestBody, flow.error], ['body', undefined]);
  });
}
