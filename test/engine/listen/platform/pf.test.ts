import type { Socket } from 'node:net';
import t from 'tap';
import { ListenError } from '../../../../src/engine/errors.js';
import { loadPf } from '../../../../src/engine/listen/platform/pf.js';
import { later } from '../../../support/later.js';

const socket = (remoteAddress?: string, remotePort?: number): Socket => ({ remoteAddress, remotePort }) as Socket;
const line = (client: string, server: string): string =>
  `ALL tcp 127.0.0.1:8080 <- ${server} <- ${client}       ESTABLISHED:ESTABLISHED\n`;

t.test('states are listed for each connection', async (t) => {
  let states = '';
  const pf = await loadPf(async () => states);
  states = line('10.0.0.2:1000', '192.0.2.1:80');
  t.same(await pf.originalDestination(socket('10.0.0.2', 1000)), ['192.0.2.1', 80]);
  t.same(await pf.originalDestination(socket('::ffff:10.0.0.2', 1000)), ['192.0.2.1', 80], 'mapped');
  await t.rejects(async () => pf.originalDestination(socket('10.0.0.2', 1001)), /no state for the connection/);
  await t.rejects(async () => pf.originalDestination(socket()), /closed already/);
  t.same(pf.prepare({} as never), []);
});

t.test('concurrent connections share a run that began after the last of them', async (t) => {
  const runs: ((states: string) => void)[] = [];
  const list = (): Promise<string> => new Promise((resolve) => runs.push(resolve));
  const loading = loadPf(list);
  runs[0]!('');
  const pf = await loading;
  const first = pf.originalDestination(socket('10.0.0.2', 1000));
  await later();
  const others = [1001, 1002, 1003].map((port) => pf.originalDestination(socket('10.0.0.2', port)));
  await later();
  t.equal(runs.length, 2, 'one at a time');
  runs[1]!(line('10.0.0.2:1000', '192.0.2.1:80'));
  t.same(await first, ['192.0.2.1', 80]);
  await later();
  t.equal(runs.length, 3);
  runs[2]!([1001, 1002, 1003].map((port) => line(`10.0.0.2:${port}`, `192.0.2.2:${port}`)).join(''));
  t.same(
    await Promise.all(others),
    [1001, 1002, 1003].map((port) => ['192.0.2.2', port]),
  );
});

t.test('a failed run fails the callers that waited for it, not the next ones', async (t) => {
  let fail = false;
  const pf = await loadPf(async () => {
    if (fail) throw new Error('busy');
    return line('10.0.0.2:1000', '192.0.2.1:80');
  });
  fail = true;
  await t.rejects(async () => pf.originalDestination(socket('10.0.0.2', 1000)), /busy/);
  fail = false;
  t.same(await pf.originalDestination(socket('10.0.0.2', 1000)), ['192.0.2.1', 80]);
});

t.test('a listener whose states cannot be listed is an error', async (t) => {
  const failing = loadPf(() => Promise.reject(new Error('sudo: a password is required.')));
  await t.rejects(
    failing,
    new ListenError('Transparent mode cannot list the states of the packet filter: sudo: a password is required.'),
  );
});
