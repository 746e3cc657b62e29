import { once } from 'node:events';
import { createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createGzip } from 'node:zlib';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { listen } from '../../support/listen.js';
import { until } from '../../support/until.js';
import { Recording } from '../support/recording.js';
import { replayed } from './support.js';

/** A server whose event stream never ends, with a ticket in its first event that `/redeem` needs. */
class Streams {
  readonly redeemed: boolean[] = [];
  /** Number of streams that the client has left. */
  left = 0;
  url = '';

  static async start(t: Test, ticket: string): Promise<Streams> {
    const streams = new Streams();
    const server = createServer(({ url }, response) => {
      if (url === '/events') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(`data: {"ticket":"${ticket}"}\n\n`);
        const ticking = setInterval(() => response.write('data: {"tick":true}\n\n'), 20);
        response.on('close', () => {
          clearInterval(ticking);
          streams.left++;
        });
        return;
      }
      streams.redeemed.push(url === `/redeem?ticket=${ticket}`);
      response.end('ok');
    });
    streams.url = `http://127.0.0.1:${await listen(t, server)}`;
    return streams;
  }
}

/** Requests a stream through the proxy. A client leaves it by `destroy()`. */
async function ask({ port }: Recording, url: string): Promise<IncomingMessage> {
  const asking = request({ host: '127.0.0.1', port, path: url }).end();
  asking.on('error', () => {});
  const [stream] = (await once(asking, 'response')) as [IncomingMessage];
  return stream.on('error', () => {});
}

/** Records a client that redeems the ticket while it reads the stream, and then leaves the stream. @returns the capture */
async function record(t: Test, server: Streams): Promise<string> {
  const { url } = server;
  const recording = await Recording.start(t);
  const through = (path: string) => ({ host: '127.0.0.1', port: recording.port, path: `${url}${path}` });
  const asking = request(through('/events')).end();
  asking.on('error', () => {});
  const [events] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  events.on('data', (bytes) => {
    text += bytes;
  });
  events.on('error', () => {});
  await until(() => text.split('\n\n').length > 3, 'three events');
  const ticket = /"ticket":"([^"]+)"/.exec(text)![1];
  const [answer] = (await once(get(through(`/redeem?ticket=${ticket}`)), 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  asking.destroy();
  await until(() => server.left === 1, 'the end of the stream');
  await recording.stop(t);
  return recording.capture;
}

t.test('an event stream that the recorded client left is left, too', async (t) => {
  const first = await Streams.start(t, '0f4c0d5e-3a5f-4a53-8a5e-3f1f9c6f7a01');
  const capture = await record(t, first);
  for (const args of [[], ['--replay-concurrency', '8']]) {
    const server = await Streams.start(t, '7d9b2c46-91d1-4f0e-b4f2-5c2f86a1e902');
    const sending = ['--replay-to', server.url, '--replay-session', '--replay-compare', '--fail-on-diff', 'status'];
    const { ended, flows } = await replayed(t, capture, [...sending, ...args]);
    t.equal(ended.code, 0, 'that is no failure', ended);
    t.notMatch(ended.stderr, /failed/);
    t.same(server.redeemed, [true], 'its values are carried over');
    await until(() => server.left === 1, 'the end of the stream');
    const stream = flows.find(({ flow }) => flow.request.path === '/events')!.flow as HttpFlow;
    t.match(stream, { response: { statusCode: 200 }, error: { code: 'client-disconnected' } });
  }
});

/** How a server sends two events before it is silent. */
const SILENT: Record<string, (response: ServerResponse) => void> = {
  'events in one piece': (response) => {
    response.write('data: 1\n\ndata: 2\n\n');
  },
  'the end of an event in a piece of its own': (response) => {
    response.write('data: 1\n\ndata: 2\n');
    setTimeout(() => response.write('\n'), 50);
  },
  'lines that end in CR LF': (response) => {
    response.write('data: 1\r\n\r\n');
    setTimeout(() => response.write('data: 2\r\n\r\n'), 50);
  },
  'coded content': (response) => {
    const gzip = createGzip();
    gzip.pipe(response);
    gzip.write('data: 1\n\n');
    gzip.flush(() => {
      setTimeout(() => {
        gzip.write('data: 2\n\n');
        gzip.flush();
      }, 50);
    });
  },
  'no event': (response) => response.flushHeaders(),
};

for (const [name, send] of Object.entries(SILENT)) {
  t.test(`a stream that is silent after its last recorded event is left: ${name}`, async (t) => {
    let left = 0;
    const server = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/event-stream');
      if (name === 'coded content') response.setHeader('Content-Encoding', 'gzip');
      response.on('close', () => left++);
      send(response);
    });
    const url = `http://127.0.0.1:${await listen(t, server)}`;
    const recording = await Recording.start(t);
    const events = await ask(recording, `${url}/events`);
    let size = 0;
    events.on('data', ({ length }) => {
      size += length;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    t.equal(size > 0, name !== 'no event');
    events.destroy();
    await until(() => left === 1, 'the end of the stream');
    await recording.stop(t);
    const args = ['--replay-to', url, '--set', 'replay_timeout=20', '--replay-compare', '--fail-on-diff', 'status'];
    const { ended } = await replayed(t, recording.capture, args);
    t.equal(ended.code, 0, 'that is no failure', ended);
    t.notMatch(ended.stderr, /failed|No complete response/);
    await until(() => left === 2, 'the end of the replayed stream');
  });
}

/** Watches without an end, and what they send every 20 ms when they are replayed. */
const WATCHES: Record<string, string> = {
  'that goes on': '{"type":"ADDED"}\n',
  'that sends several events at once': '{"type":"ADDED"}\n'.repeat(3),
  'that is silent': '',
};

for (const [name, again] of Object.entries(WATCHES)) {
  t.test(`a watch ${name} is left, as the recorded client left it`, async (t) => {
    let left = 0;
    const server = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.flushHeaders();
      const sent = left === 0 ? '{"type":"ADDED"}\n' : again;
      const ticking = setInterval(() => response.write(sent), 20);
      response.on('close', () => {
        clearInterval(ticking);
        left++;
      });
    });
    const url = `http://127.0.0.1:${await listen(t, server)}`;
    const recording = await Recording.start(t);
    const watched = await ask(recording, `${url}/pods?watch=true`);
    await once(watched, 'data');
    watched.destroy();
    await until(() => left === 1, 'the end of the watch');
    await recording.stop(t);
    const args = ['--replay-to', url, '--set', 'replay_timeout=60', '--replay-compare'];
    const { ended } = await replayed(t, recording.capture, args);
    t.equal(ended.code, again === '' ? 1 : 0, 'only missing events are a difference', ended);
    t.notMatch(ended.stderr, /failed|No complete response/);
    await until(() => left === 2, 'the end of the replayed watch');
  });
}
