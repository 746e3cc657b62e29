import t from 'tap';
import { redactOutputs } from '../../../src/addons/redact/redacted-outputs.js';
import { compileFilter } from '../../../src/filters/index.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../../src/flow/connection.js';
import { type Flow, HttpFlow, TcpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { LiveMessage } from '../../../src/flow/message-log/live-message.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { Redactor } from '../../../src/redact/index.js';

const redactor = new Redactor({ key: Buffer.from('0123456789abcdef') });

function outputsOf(addons: Addon[]): { addons: Addon[]; errors: [unknown, string][] } {
  const errors: [unknown, string][] = [];
  const options = {
    redactor,
    bodySearchLimit: 1024,
    onSearchLimit: () => {},
    onError: (error: unknown, { hook }: { hook: string }) => void errors.push([error, hook]),
  };
  return { addons: redactOutputs(addons, options), errors };
}

function httpFlow(): HttpFlow {
  const request = HttpRequest.make('POST', 'http://a.example/?token=secret1', 'password=secret2', {
    'Content-Type': 'application/x-www-form-urlencoded',
  });
  const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), request, 0);
  flow.response = HttpResponse.json({ access_token: 'secret3' });
  flow.comment = 'token=secret4';
  flow.metadata = { login: { password: 'secret5', list: ['Bearer secret6abcdef'] } };
  flow.error = { message: 'cannot reach http://u:secret7@b.example/', timestamp: 0 };
  return flow;
}

async function end(addons: readonly Addon[], flow: Flow): Promise<void> {
  for (const addon of addons) await addon.flowEnd?.(flow);
}

async function textOf(flow: HttpFlow): Promise<string> {
  const { request, response, comment, metadata, error } = flow;
  const parts = [request.url, await request.body.text(), await response!.body.text(), comment, error?.message];
  return JSON.stringify([...parts, metadata]);
}

t.test('outputs get one redacted flow, their filters see the true one', async (t) => {
  const seen: Flow[] = [];
  const texts: string[] = [];
  const take: Addon = {
    observes: true,
    observesBodies: true,
    flowEnd: async (flow) => {
      seen.push(flow);
      texts.push(await textOf(flow as HttpFlow));
    },
  };
  const matching = { ...take, filter: compileFilter('~b secret2 & ~u secret1') };
  const other = { ...take, filter: compileFilter('~b nothing') };
  const { addons } = outputsOf([take, matching, other]);
  const flow = httpFlow();
  await end(addons, flow);
  t.equal(seen.length, 2);
  t.equal(seen[0], seen[1], 'the same object');
  t.notMatch(texts.join(), /secret\d/);
  t.equal(seen[0]!.id, flow.id);
  t.match(
    await textOf(flow),
    /secret1.*secret2.*secret3.*secret4.*secret7.*secret5.*secret6/s,
    'the flow itself stays',
  );
});

t.test('an output that fails does not stop the others', async (t) => {
  let called = 0;
  const { addons, errors } = outputsOf([
    { observes: true, flowEnd: () => Promise.reject(new Error('one')) },
    {
      observes: true,
      flowEnd: () => {
        throw new Error('two');
      },
    },
    { observes: true, flowEnd: () => void called++ },
  ]);
  await end(addons, httpFlow());
  t.equal(called, 1);
  t.same(
    errors.map(([error, hook]) => [(error as Error).message, hook]),
    [
      ['one', 'flowEnd'],
      ['two', 'flowEnd'],
    ],
  );
});

t.test('other hooks are called as well', async (t) => {
  const calls: string[] = [];
  const output: Addon = {
    observes: true,
    running: () => void calls.push('running'),
    flowEnd: () => void calls.push('flowEnd'),
    done: () => void calls.push('done'),
  };
  const { addons } = outputsOf([output]);
  for (const addon of addons) await addon.running?.(undefined);
  await end(addons, httpFlow());
  for (const addon of addons) await addon.done?.(undefined);
  t.same(calls, ['running', 'flowEnd', 'done']);
});

t.test('a flow that is shown in parts stays one object', async (t) => {
  const seen: Flow[] = [];
  const contents: string[] = [];
  const output: Addon = {
    observes: true,
    websocketStart: (flow) => void seen.push(flow),
    websocketMessage: ({ flow, message }) => {
      seen.push(flow);
      contents.push(message.text);
    },
    flowEnd: (flow) => void seen.push(flow),
  };
  const { addons } = outputsOf([output]);
  const flow = httpFlow();
  flow.websocket = { byClient: true, code: 1000, reason: 'token=secret8', timestamp: 0 };
  for (const addon of addons) await addon.websocketStart?.(flow);
  const message = new LiveMessage(true, 1, 0, Buffer.from('{"token":"secret9"}'));
  for (const addon of addons) await addon.websocketMessage?.({ flow, message });
  await end(addons, flow);
  t.equal(new Set(seen).size, 1);
  t.not(seen[0], flow);
  t.match(contents, [/^\{"token":"\[redacted:/]);
  t.equal(message.text, '{"token":"secret9"}', 'what is forwarded stays');
  t.notMatch(JSON.stringify((seen[0] as HttpFlow).websocket), /secret/);
});

t.test('messages of TCP are passed on at the end', async (t) => {
  const contents: string[] = [];
  const output: Addon = {
    observes: true,
    observesBodies: true,
    tcpMessage: ({ message }) => void contents.push(message.text),
    flowEnd: () => void contents.push('end'),
  };
  const { addons } = outputsOf([output]);
  const messages = new MessageLog();
  messages.keepIn(new SpoolPolicy());
  const parts = ['password=sec', 'r', 'et and more', 'x'];
  for (const part of parts) messages.append({ fromClient: true, opcode: 0, timestamp: 0, content: Buffer.from(part) });
  messages.append({ fromClient: false, opcode: 0, timestamp: 0, content: Buffer.from('ok') });
  const flow = new TcpFlow(new ClientConnection(), new ServerConnection(), messages, 0);
  await end(addons, flow);
  const placeholder = redactor.replace('secret', '');
  t.same(contents, [`password=${placeholder}`, '', ' and more', 'x', 'ok', 'end']);
});
