import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../cli/tsdump.js';
import { folder, write } from '../support/folder.js';
import { RawOrigin } from '../support/raw-origin.js';
import { until } from '../support/until.js';
import { Wire } from '../support/wire.js';
import { Recording, readCapture } from './support/recording.js';

/** Starts the program with few file descriptors. */
const FEW = 'ulimit -n 90; exec "$@"';

t.test('too few file descriptors', async (t) => {
  const capture = write(join(folder(t), 'none.flows'), '');
  // How many Node itself needs depends on its version.
  for (let limit = 30; limit > 0; limit--) {
    const { code, stderr } = await run(t, ['-nr', capture], { shell: `ulimit -n ${limit}; exec "$@"` });
    if (code === 0) continue;
    t.equal(code, 3);
    t.equal(stderr, 'tsdump: too many open files to start; raise the limit with ulimit -n [too-many-files]\n');
    break;
  }
});

t.test('no file descriptor is left for clients', async (t) => {
  const { program, port } = await Recording.start(t, { shell: FEW });
  const sockets = connectMany(t, port, 150);
  await until(() => sockets.some((socket) => socket.closed), 'a client that is turned away');
  await program.logged(/Too many open files: further clients are rejected/);
  for (const socket of sockets) socket.destroy();
  await until(() => sockets.every((socket) => socket.closed), 'the clients to leave');
  // The proxy may take a moment to learn that they have left.
  let answer = '';
  for (let attempt = 0; attempt < 1000 && answer === ''; attempt++) {
    const later = await Wire.connect(port);
    later.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await later.until(() => later.closed || later.text.includes('\r\n\r\n'), 'an answer');
    answer = later.text;
  }
  t.match(answer, /^HTTP\/1\.1 400 /, 'later ones are served');
  program.child.kill('SIGINT');
  const { stderr } = await program.ended;
  t.equal(stderr.match(/Too many open files/g)?.length, 1, 'once');
});

// A client and its server take two: with one more or less before, the last one is the client's or the server's.
for (const idle of [0, 1]) {
  t.test(`clients and servers take all file descriptors, after ${idle} idle`, async (t) => {
    const silent = await RawOrigin.start(t);
    const { program, port } = await Recording.start(t, {
      shell: FEW,
      args: ['--set', 'shutdown_timeout=0.1'],
    });
    for (let at = 0; at < idle; at++) await Wire.connect(port);
    let served = true;
    for (let at = 0; served; at++) {
      const wire = await Wire.connect(port);
      wire.send(`GET http://${silent.authority}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
      await until(() => wire.closed || wire.text !== '' || silent.connections.length > at, 'the server');
      served = silent.connections.length > at;
    }
    await program.logged(/Too many open files: further clients are rejected/);
  });
}

t.test('files are opened although clients take all they can get', async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.until(() => wire.text.includes('\r\n\r\n'), 'a request');
    wire.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const { program, port, capture } = await Recording.start(t, { shell: FEW, args: ['--set', 'rotate_flows=1'] });
  const idle = connectMany(t, port, 150);
  await program.logged(/Too many open files: further clients are rejected/);
  const clients = idle.filter((socket) => !socket.closed).slice(0, 20);
  const wires = clients.map((socket) => new Wire(socket));
  // The end of some lets others reach the server.
  for (const socket of idle) if (!clients.includes(socket) && Number(socket.localPort) % 2) socket.destroy();
  for (const wire of wires) {
    wire.send(`GET http://${origin.authority}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await until(() => wire.closed || wire.text.includes('\r\n\r\n'), 'an answer');
  }
  const answered = wires.filter(({ text }) => text !== '').length;
  program.child.kill('SIGINT');
  const { code, stderr } = await program.ended;
  t.equal(code, 0, stderr);
  t.ok(answered > 1, `${answered} answers`);
  const files = readdirSync(dirname(capture)).filter((name) => name.endsWith('.flows'));
  t.equal(files.length, answered, 'a file for each flow');
});

t.test('bodies stay in memory while no descriptor is left for their files', async (t) => {
  const origin = await RawOrigin.start(t);
  const { program, port, capture } = await Recording.start(t, { shell: FEW });
  const body = 'x'.repeat(300 * 1024);
  const head = `POST http://${origin.authority}/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
  const clients: Wire[] = [];
  for (let at = 0; at < 25; at++) {
    const wire = await Wire.connect(port);
    clients.push(wire);
    wire.send(head);
    await origin.connection(at);
  }
  // Two for each client are taken before the first file is needed.
  for (const wire of clients) wire.send(body);
  for (const wire of origin.connections) await wire.until(() => wire.size > body.length, 'the body');
  for (const wire of origin.connections) wire.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  for (const wire of clients) await wire.until(() => wire.text.endsWith('ok'), 'the response');
  program.child.kill('SIGINT');
  const { code, stderr } = await program.ended;
  t.equal(code, 0, stderr);
  const flows = await readCapture(capture);
  t.same(
    flows.map(({ requestBody }) => requestBody.length),
    clients.map(() => body.length),
  );
});

function connectMany(t: Test, port: number, count: number): Socket[] {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}
