import type { Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon, HookName } from '../../../src/flow/hooks/hooks.js';
import { later } from '../../support/later.js';
import { OK, type RawOrigin, type Script } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import type { TestProxy } from '../../support/test-proxy.js';

export const PLAIN = 'HTTP/1.1 200 Fine\r\nA:1\r\ncontent-length: 5\r\n\r\nhello';

export const FLOW_HOOKS: readonly HookName[] = [
  'httpConnect',
  'httpConnectError',
  'requestHeaders',
  'request',
  'responseHeaders',
  'response',
  'websocketStart',
  'websocketMessage',
  'websocketEnd',
  'tcpStart',
  'tcpMessage',
  'tcpEnd',
  'error',
  'flowEnd',
];

export const HOOKS: readonly HookName[] = [
  'clientConnected',
  'clientDisconnected',
  'serverConnect',
  'serverConnected',
  'serverConnectError',
  'serverDisconnected',
  ...FLOW_HOOKS,
];

/** Notes the hooks as they are called, some turns of the event loop later if they are to be asynchronous. */
export function recorder(seen: string[], asynchronous = false, names: readonly HookName[] = HOOKS): Addon {
  return Object.fromEntries(
    names.map((name) => [
      name,
      asynchronous
        ? async () => {
            await later();
            seen.push(name);
          }
        : () => void seen.push(name),
    ]),
  );
}

/** An answer for each request, whether or not it has a body. */
export function counting(answer: string, requests = 10): Script {
  return async (wire) => {
    for (let count = 1; count <= requests; count++) {
      await wire.until(
        () => wire.closed || wire.text.split(/[A-Za-z]+ \S+ HTTP\/1/).length > count,
        `request ${count}`,
      );
      if (wire.closed) return;
      wire.send(answer);
    }
  };
}

export type Change = (flow: HttpFlow) => void | Promise<void>;

/** One request through an addon. @returns what the origin got and what the client got */
export async function through(
  t: Test,
  addon: Addon,
  request: string,
  response = OK,
): Promise<{ sent: string; got: string; proxy: TestProxy; origin: RawOrigin }> {
  const { client, origin, proxy, url } = await setup(t, counting(response), { addons: [addon] });
  client.send(request.replace('URL', url));
  const { flow } = await proxy.http();
  if (flow.request.method !== 'HEAD') client.end();
  else client.socket.end();
  const got = await client.whole();
  return { sent: origin.connections[0]?.text ?? '', got, proxy, origin };
}
