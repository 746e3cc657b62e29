import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { HookNotes } from '../../support/hook-notes.js';
import { later } from '../../support/later.js';
import { setup } from '../../support/setup.js';

t.test('a connection reset during a message hook', async (t) => {
  let release: (() => void) | undefined;
  const slow: Addon = { tcpMessage: () => new Promise<void>((resolve) => (release = resolve)) };
  const notes = new HookNotes();
  const { client, origin, proxy } = await setup(t, () => {}, { addons: [slow, notes.addon()] });
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0`);
  while (!release) await later();
  client.reset();
  for (let turn = 0; turn < 200 && proxy.ended.length === 0; turn++) await later();
  release();
  const { flow } = await proxy.flow();
  for (let turn = 0; turn < 10; turn++) await later();
  t.equal(notes.of(flow), 'tcpStart tcpMessage:00 error flowEnd');
});
