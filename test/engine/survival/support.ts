import type { Test } from 'tap';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import type { Setup } from '../../support/setup.js';
import type { Wire } from '../../support/wire.js';

export const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome';

export const CHUNKS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n';

export const UNTIL_CLOSE = 'HTTP/1.1 200 OK\r\n\r\nsome';

export const LEAVES: [how: string, leave: (wire: Wire) => void][] = [
  ['end', (wire) => wire.socket.destroy()],
  ['reset', (wire) => wire.reset()],
];

/** Another client is served all the same. */
export async function othersAreServed(t: Test, { proxy }: Setup): Promise<void> {
  const origin = await RawOrigin.start(t, answering(OK));
  const client = await proxy.connect();
  client.send(`GET http://${origin.authority}/ HTTP/1.1\r\n\r\n`);
  await client.has(OK);
}
