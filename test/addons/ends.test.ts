import { mock } from 'node:test';
import type { Test } from 'tap';
import t from 'tap';
import { CountEnd, IdleEnd } from '../../src/addons/ends.js';
import { compileFilter } from '../../src/filters/index.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { LiveMessage } from '../../src/flow/message-log/live-message.js';
import { plainHttpFlow, tcpFlow, upgradedFlow } from '../serialize/sample-flows.js';
import { dispatcherOf } from '../support/dispatcher.js';

t.test('after some flows, once', async (t) => {
  const ended: string[] = [];
  const end = new CountEnd(2, ({ id }) => void ended.push(id), compileFilter('~u yes'));
  const hooks = dispatcherOf(end);
  const flows = ['/yes', '/no', '/yes', '/yes', '/yes'].map((path) => plainHttpFlow(path));
  for (const flow of flows) await hooks.emit('flowEnd', flow);
  t.strictSame(ended, [flows[2]!.id]);
});

const LIMIT = 1000;

/** @returns the hooks, what lets time pass, and how often it ended */
function idle(t: Test, live: boolean) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let now = 5000;
  let ends = 0;
  const end = new IdleEnd(
    LIMIT,
    live,
    () => void ends++,
    () => now,
  );
  const pass = (milliseconds: number): number => {
    for (let left = milliseconds; left > 0; left -= 100) {
      now += 100;
      mock.timers.tick(100);
    }
    return ends;
  };
  end.start();
  return { end, hooks: dispatcherOf(end), pass };
}

t.test('without activity', async (t) => {
  const { hooks, pass } = idle(t, true);
  t.equal(pass(LIMIT - 100), 0);
  await hooks.emit('flowEnd', plainHttpFlow());
  t.equal(pass(LIMIT - 100), 0);
  t.equal(pass(100), 1);
  t.equal(pass(10 * LIMIT), 1, 'once');
});

t.test('a slow exchange is activity', async (t) => {
  const { hooks, pass } = idle(t, true);
  const flow = plainHttpFlow();
  await hooks.emit('requestHeaders', flow);
  t.equal(pass(10 * LIMIT), 0);
  await hooks.emit('responseHeaders', flow);
  t.equal(pass(10 * LIMIT), 0);
  await hooks.emit('flowEnd', flow);
  t.equal(pass(LIMIT - 100), 0);
  t.equal(pass(2 * LIMIT), 1);
});

t.test('a connection that is silent is none, a message is', async (t) => {
  const events = plainHttpFlow();
  events.response = HttpResponse.make(200, '', { 'Content-Type': 'text/event-stream' });
  const upgraded = upgradedFlow();
  const tcp = tcpFlow();
  const messages: LiveMessage[] = [];
  for await (const message of tcp.messages) messages.push(LiveMessage.of(message));
  const message = messages[0]!;
  type Step = (hooks: ReturnType<typeof dispatcherOf>) => void;
  const table: [what: string, begin: Step, again: Step][] = [
    [
      'event stream',
      (hooks) => {
        hooks.emit('requestHeaders', events);
        hooks.emit('responseHeaders', events);
      },
      (hooks) => hooks.emit('serverSentEvent', { flow: events, event: { content: Buffer.alloc(0), timestamp: 0 } }),
    ],
    [
      'WebSocket',
      (hooks) => {
        hooks.emit('requestHeaders', upgraded);
        hooks.emit('responseHeaders', upgraded);
      },
      (hooks) => hooks.emit('websocketMessage', { flow: upgraded, message }),
    ],
    ['TCP', (hooks) => hooks.emit('tcpStart', tcp), (hooks) => hooks.emit('tcpMessage', { flow: tcp, message })],
  ];
  for (const [what, begin, again] of table) {
    await t.test(what, async (t) => {
      const { hooks, pass } = idle(t, true);
      begin(hooks);
      t.equal(pass(LIMIT - 100), 0);
      again(hooks);
      t.equal(pass(LIMIT - 100), 0);
      t.equal(pass(LIMIT), 1);
    });
  }
});

t.test('flows of captures have ended, and their messages are not read for this', async (t) => {
  const { end, hooks, pass } = idle(t, false);
  t.equal(hooks.listens('tcpMessage'), false);
  t.equal(hooks.listens('requestHeaders'), false);
  pass(LIMIT - 100);
  await hooks.emit('flowEnd', plainHttpFlow());
  t.equal(pass(LIMIT - 100), 0);
  end.stop();
  t.equal(pass(LIMIT), 0);
});
