import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import t from 'tap';
import { LeafCache } from '../../../src/engine/tls/authority/leaf-cache.js';
import { KeyLog } from '../../../src/engine/tls/key-log.js';
import { folder, write } from '../../support/folder.js';
import { testAuthority, without } from './support.js';

const never = (message: string): void => {
  throw new Error(message);
};

t.test('lines are appended to a file of our own', async (t) => {
  const file = join(folder(t), 'keys.log');
  for (const line of ['a b c\n', 'd e f\n']) {
    const log = new KeyLog(file, never);
    log.write(Buffer.from(line));
    await log.close();
    await log.close();
  }
  t.equal(readFileSync(file, 'latin1'), 'a b c\nd e f\n');
  t.equal(statSync(file).mode & 0o777, 0o600);
});

t.test('the environment says where', async (t) => {
  const dir = folder(t);
  t.equal(KeyLog.fromEnvironment({}, never), undefined);
  t.equal(KeyLog.fromEnvironment({ SSLKEYLOGFILE: '', TSDUMP_SSLKEYLOGFILE: '' }, never), undefined);
  const table: [environment: Record<string, string>, file: string][] = [
    [{ SSLKEYLOGFILE: join(dir, 'a') }, 'a'],
    [{ TSDUMP_SSLKEYLOGFILE: join(dir, 'b') }, 'b'],
    [{ SSLKEYLOGFILE: join(dir, 'x'), TSDUMP_SSLKEYLOGFILE: join(dir, 'c') }, 'c'],
  ];
  for (const [environment, file] of table) {
    const log = KeyLog.fromEnvironment(environment, never);
    log?.write(Buffer.from('line\n'));
    await log?.close();
    t.equal(readFileSync(join(dir, file), 'latin1'), 'line\n', file);
  }
  t.throws(() => statSync(join(dir, 'x')));
});

t.test('what cannot be written is reported once, and never thrown', async (t) => {
  const dir = folder(t);
  const files = [dir, join(dir, 'no', 'folder'), '/dev/full'];
  if (!without('mkfifo')) {
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    files.push(join(dir, 'pipe'));
  }
  for (const file of files) {
    const reports: string[] = [];
    const log = new KeyLog(file, (message) => reports.push(message));
    for (let line = 0; line < 3; line++) log.write(Buffer.from('line\n'));
    await log.close();
    log.write(Buffer.from('line\n'));
    t.equal(reports.length, 1, file);
    t.match(reports[0], `TLS secrets are not written to ${file}: E`);
  }
});

t.test('the secrets of a handshake', async (t) => {
  const file = write(join(folder(t), 'keys.log'), '');
  const log = new KeyLog(file, never);
  const leaf = new LeafCache(testAuthority()).leafFor({ keyType: 'ec', names: [{ kind: 'dns', value: 'a.example' }] });
  const server = createServer((await leaf).contextOptions, (socket) => socket.end());
  server.on('keylog', (line) => log.write(line));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  await once(socket.resume(), 'close');
  await log.close();
  t.match(readFileSync(file, 'latin1'), /^(?:[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+\n)+$/);
  t.match(readFileSync(file, 'latin1'), 'CLIENT_TRAFFIC_SECRET_0 ');
});
