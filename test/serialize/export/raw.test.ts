import t from 'tap';
import { Body } from '../../../src/flow/body/body.js';
import { MemorySource } from '../../../src/flow/body/byte-source.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import type { OutputFormatName } from '../../../src/serialize/formats.js';
import { policy, toFormat } from '../flows.js';
import { oddFlow } from './odd-requests.js';

const REQUEST = 'POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: 2\r\n\r\nhi';
const RESPONSE = 'HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n';

const TABLE: [OutputFormatName, string][] = [
  ['raw_request', REQUEST + REQUEST],
  ['raw_response', RESPONSE],
  ['raw', `${REQUEST}\r\n\r\n${RESPONSE}\r\n\r\n${REQUEST}`],
];

for (const [format, expected] of TABLE) {
  t.test(format, async (t) => {
    const flows = [answered(), oddFlow({ method: 'POST', path: '/a?b', body: 'hi' }, 1)];
    t.equal((await toFormat(format, flows)).toString('latin1'), expected);
  });
}

t.test('incomplete and unusual messages', async (t) => {
  const cut = answered();
  cut.response!.body.complete = false;
  t.match((await toFormat('raw_response', [cut])).toString(), /3\r\nabc\r\n$/, 'no last chunk');
  const http2 = oddFlow({ httpVersion: 'HTTP/2.0' }, 1);
  http2.request.headers.delete('host');
  http2.request.authority = 'a.example';
  const expected = 'GET / HTTP/2.0\r\nHost: a.example\r\n\r\n';
  t.equal((await toFormat('raw_request', [http2])).toString(), expected, 'Host replaces :authority');
});

t.test('messages of a WebSocket', async (t) => {
  const flow = oddFlow({}, 1);
  flow.websocket = { byClient: true, code: 1000, reason: '', timestamp: 1 };
  flow.messages = new MessageLog();
  flow.messages.keepIn(policy);
  flow.messages.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('a') });
  flow.messages.append({ fromClient: false, opcode: 2, timestamp: 1, content: Buffer.from([0xff]) });
  const text = (await toFormat('raw', [flow])).toString('latin1');
  t.match(text, /\r\n\r\n\[OUTGOING\] a\n\[INCOMING\] \xff$/);
});

function answered(): HttpFlow {
  const flow = oddFlow({ method: 'POST', path: '/a?b', body: 'hi' }, 1);
  const headers = Headers.from([['Transfer-Encoding', 'chunked']]);
  const body = Body.of(headers, new MemorySource(Buffer.from('abc')), 3, true);
  flow.response = new HttpResponse({ statusCode: 200, reason: 'Fine', httpVersion: 'HTTP/1.1', headers, body });
  flow.response.trailers = Headers.from([['X-T', '1']]);
  return flow;
}
