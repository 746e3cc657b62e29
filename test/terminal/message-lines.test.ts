import t from 'tap';
import type { HttpFlow, WebSocketClose } from '../../src/flow/flow.js';
import { eventLine, messageLine, messagesEndLine } from '../../src/terminal/message-lines.js';
import { plainStyles } from '../../src/terminal/styles.js';
import { httpFlow, message, tcpFlow, udpFlow } from './sample-flows.js';

function upgraded(websocket?: Partial<WebSocketClose>): HttpFlow {
  const flow = httpFlow({ path: '/chat\x1b' }, { status: 101 });
  if (websocket) {
    flow.websocket = { byClient: undefined, code: undefined, reason: undefined, timestamp: undefined, ...websocket };
  }
  return flow;
}

/** One whose frames were not parsed. */
function unparsed(): HttpFlow {
  const headers = { Upgrade: 'websocket' };
  return httpFlow({ path: '/chat', headers }, { status: 101, headers });
}

t.test('message lines', async (t) => {
  const tcp = tcpFlow();
  tcp.server.address = undefined;
  const table: [line: string, expected: string][] = [
    [messageLine(tcpFlow(), message(true, '')), '127.0.0.1:51234 -> tcp -> example.com:5432'],
    [messageLine(tcp, message(false, '')), '127.0.0.1:51234 <- tcp <- 192.0.2.1:5432'],
    [messageLine(udpFlow(), message(false, '')), '127.0.0.1:51234 <- udp <- example.com:443'],
    [messageLine(upgraded(), message(true, '')), '127.0.0.1:51234 -> tcp -> example.com:80'],
    [
      messageLine(upgraded({}), message(true, '', 1)),
      '127.0.0.1:51234 -> WebSocket text message -> example.com:80/chat.',
    ],
    [
      messageLine(upgraded({}), message(false, '', 2)),
      '127.0.0.1:51234 <- WebSocket binary message <- example.com:80/chat.',
    ],
    [
      messageLine(upgraded({}), message(true, '', 5)),
      '127.0.0.1:51234 -> WebSocket opcode 5 message -> example.com:80/chat.',
    ],
  ];
  for (const [line, expected] of table) t.equal(line, `${expected}\n`);
});

t.test('messages of a client replay', async (t) => {
  const flow = upgraded({});
  flow.isReplay = 'request';
  t.equal(messageLine(flow, message(true, '', 1)), '[replay] -> WebSocket text message -> example.com:80/chat.\n');
  t.equal(eventLine(flow), '[replay] <- event <- example.com:80/chat.\n');
});

t.test('ends', async (t) => {
  const failed = <Kind extends { error: unknown }>(flow: Kind): Kind => {
    flow.error = { message: 'reset\x07', timestamp: 1 };
    return flow;
  };
  const ignored = tcpFlow();
  ignored.metadata = { ignored: true, host: 'api.test\x1b', bytes_from_client: 517, bytes_from_server: 4096 };
  const table: [line: string, expected: string][] = [
    [messagesEndLine(tcpFlow(), plainStyles), ''],
    [
      messagesEndLine(ignored, plainStyles),
      '127.0.0.1:51234 <-> ignored <-> example.com:5432 api.test., 517b up, 4.0k down\n',
    ],
    [messagesEndLine(upgraded({}), plainStyles), ''],
    [messagesEndLine(failed(tcpFlow()), plainStyles), 'Error in TCP connection to example.com:5432: reset.\n'],
    [messagesEndLine(failed(udpFlow()), plainStyles), 'Error in UDP connection to example.com:443: reset.\n'],
    [messagesEndLine(failed(upgraded()), plainStyles), 'Error in TCP connection to example.com:80: reset.\n'],
    [messagesEndLine(unparsed(), plainStyles), ''],
    [messagesEndLine(failed(unparsed()), plainStyles), 'Error in WebSocket connection to example.com:80: reset.\n'],
    [messagesEndLine(failed(upgraded({})), plainStyles), 'Error in WebSocket connection to example.com:80: reset.\n'],
    [
      messagesEndLine(upgraded({ byClient: true, code: 1000, reason: 'bye\x1b' }), plainStyles),
      'WebSocket connection closed by client: 1000 bye.\n',
    ],
    [
      messagesEndLine(upgraded({ byClient: false, code: 1005 }), plainStyles),
      'WebSocket connection closed by server: 1005\n',
    ],
    [
      messagesEndLine(upgraded({ code: 1002, reason: 'bad frame' }), plainStyles),
      'Error in WebSocket connection to example.com:80: WebSocket Error: PROTOCOL_ERROR (reason: bad frame)\n',
    ],
    [
      messagesEndLine(upgraded({ code: 4000 }), plainStyles),
      'Error in WebSocket connection to example.com:80: WebSocket Error: UNKNOWN_ERROR=4000\n',
    ],
  ];
  for (const [line, expected] of table) t.equal(line, expected);
});
