import type { Test } from 'tap';
import { RawOrigin, type Script } from './raw-origin.js';
import { TestProxy, type TestProxyOptions } from './test-proxy.js';
import type { Wire } from './wire.js';

export interface Setup {
  proxy: TestProxy;
  origin: RawOrigin;
  /** A client that is connected to the proxy. */
  client: Wire;
  /** `http://127.0.0.1:PORT` of the origin. */
  url: string;
}

/** An origin that follows a script, a proxy, and a client connected to it. */
export async function setup(t: Test, script?: Script, options: TestProxyOptions = {}): Promise<Setup> {
  const origin = await RawOrigin.start(t, script);
  const proxy = await TestProxy.start(t, options);
  const client = await proxy.connect();
  return { proxy, origin, client, url: `http://${origin.authority}` };
}
