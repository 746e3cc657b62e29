import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t from 'tap';
import { testAuthority } from '../../engine/tls/support.js';
import { identity } from '../../support/identity.js';
import { mirror, Origin } from '../support/origin.js';
import { Recording } from '../support/recording.js';

/** A handshake through a proxy. @returns its session, and whether an earlier one was resumed */
async function handshake(proxy: number, origin: Origin, ca: string, session: Buffer | undefined) {
  const socket = connect(proxy, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`CONNECT localhost:${origin.port} HTTP/1.1\r\nHost: localhost:${origin.port}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!/^HTTP\/1\.1 200 /.test(String(answer))) throw new Error(String(answer));
  const stream = connectTls({ socket, servername: 'localhost', ca, session, maxVersion: 'TLSv1.2' });
  await once(stream, 'secureConnect');
  const made = { session: stream.getSession()!, resumed: stream.isSessionReused() };
  stream.destroy();
  return made;
}

t.test('a client resumes its session with any worker', async (t) => {
  const origin = await Origin.start(t, mirror, { tls: identity(testAuthority(), ['localhost']) });
  const recording = await Recording.start(t, { args: ['--workers', '2', '--ssl-insecure'] });
  const ca = readFileSync(recording.ca, 'utf8');
  const first = await handshake(recording.port, origin, ca, undefined);
  t.notOk(first.resumed);
  // With this many connections at once, both workers have some.
  const later = await Promise.all(
    Array.from({ length: 16 }, () => handshake(recording.port, origin, ca, first.session)),
  );
  t.ok(later.every(({ resumed }) => resumed));
  await recording.stop(t);
});
