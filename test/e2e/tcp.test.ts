import { join } from 'node:path';
import { createServer } from 'node:tls';
import t, { type Test } from 'tap';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { listen } from '../support/listen.js';
import { RawOrigin } from '../support/raw-origin.js';
import { ESTABLISHED } from '../support/test-proxy.js';
import { Wire } from '../support/wire.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { patterned } from './support/patterned.js';
import { Recording } from './support/recording.js';

t.test('a server that sends back what comes', async (t) => {
  const origin = await RawOrigin.start(t, echo);
  const recording = await Recording.start(t);
  const wire = await tunnel(recording, origin);
  wire.send('\x01first');
  await wire.has(`${ESTABLISHED}\x01first`);
  wire.end('\x02second');
  t.equal(await wire.whole(), `${ESTABLISHED}\x01first\x02second`);
  t.equal(await wire.over(), 'end');

  const [{ flow, messages }] = await recording.tcp(t);
  t.same(messages, ['> \x01first', '< \x01first', '> \x02second', '< \x02second']);
  t.equal(flow.error, undefined);
  t.same(flow.server.address, ['127.0.0.1', origin.port]);
  const shown = await recording.read(t, 3);
  const ends = String.raw`127\.0\.0\.1:\d+ ARROW tcp ARROW ${origin.authority.replaceAll('.', '\\.')}\n`;
  const line = (arrow: string): string => ends.replaceAll('ARROW', arrow);
  t.match(shown, new RegExp(`^${line('->')}[^]*first[^]*${line('<-')}[^]*first`));
  t.equal(await recording.read(t, 1, '~tcp & ~b second'), await recording.read(t, 1));
  t.equal(await recording.read(t, 1, '~http'), '');
});

t.test('a mail server, which speaks first', needs('curl'), async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    let answered = 0;
    wire.send('220 mail.example ready\r\n');
    for (const answer of [
      '250 mail.example',
      '250 sender fine',
      '250 recipient fine',
      '354 go on',
      '250 taken',
      '221 bye',
    ]) {
      const seen = answered;
      const end = answer === '250 taken' ? '\r\n.\r\n' : '\r\n';
      await wire.until(() => wire.text.indexOf(end, seen) >= 0, `a command for ${answer}`);
      answered = wire.size;
      wire.send(`${answer}\r\n`);
    }
    wire.end();
  });
  const recording = await Recording.start(t);
  const args = [
    '-p',
    '--mail-from',
    'a@example.com',
    '--mail-rcpt',
    'b@example.com',
    '-T',
    '-',
    `smtp://${origin.authority}`,
  ];
  const { code, stderr } = await curl(recording.url, args, { input: 'Subject: hi\r\n\r\nHello.\r\n' });
  t.equal(code, 0, 'curl', { stderr });
  const [{ messages }] = await recording.tcp(t);
  t.equal(messages[0], '< 220 mail.example ready\r\n');
  t.match(messages[1], /^> EHLO /);
  t.match(messages.join('\n'), /> MAIL FROM:<a@example\.com>.*> RCPT TO:<b@example\.com>.*Hello\..*< 221 bye/s);
});

t.test('each side may end before the other', async (t) => {
  const large = patterned(3_000_000);
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.until(() => wire.ended, 'the end of the client');
    t.equal(wire.text, '\x00question');
    wire.end(large);
  });
  const recording = await Recording.start(t);
  const wire = await tunnel(recording, origin);
  wire.end('\x00question');
  await wire.whole();
  t.ok(wire.bytes.subarray(ESTABLISHED.length).equals(large));
  t.equal(await wire.over(), 'end');

  const early = await RawOrigin.start(t, async (wire) => {
    wire.end('nothing more from here');
    await wire.until(() => wire.ended, 'the end of the client');
    t.ok(wire.bytes.equals(large));
  });
  const other = await tunnel(recording, early);
  await other.until(() => other.ended, 'the end of the server');
  other.end(large);
  await other.over();

  const flows = await recording.tcp(t);
  const sent = flows.map(({ messages }) =>
    ['> ', '< '].map((side) =>
      messages
        .filter((message) => message.startsWith(side))
        .map((message) => message.slice(2))
        .join(''),
    ),
  );
  const text = large.toString('latin1');
  t.ok(sent[0]![0] === '\x00question' && sent[0]![1] === text);
  t.ok(sent[1]![0] === text && sent[1]![1] === 'nothing more from here');
  t.same(
    flows.map(({ flow }) => flow.error),
    [undefined, undefined],
  );
});

t.test('a side that resets the connection', async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.hasBytes(2);
    wire.reset();
  });
  const recording = await Recording.start(t);
  const wire = await tunnel(recording, origin);
  wire.send('\x00\x01');
  t.equal(await wire.over(), 'ECONNRESET');
  const [{ flow, messages }] = await recording.tcp(t);
  t.same(messages, ['> \x00\x01']);
  t.equal(flow.error?.message, 'connection reset by the peer');
  t.match(await recording.read(t, 1, '~e'), /Error in TCP connection to \S+: connection reset by the peer\n$/);
});

t.test('other protocols than HTTP inside TLS', needs('openssl'), async (t) => {
  const upstream = testAuthority();
  const dir = folder(t);
  const trusted = write(join(dir, 'upstream.pem'), upstream.certificatePem);
  const port = await tlsEcho(t, identity(upstream, ['localhost']));
  const recording = await Recording.start(t, { args: ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`] });
  const proxy = ['-proxy', `127.0.0.1:${recording.port}`, '-connect', `localhost:${port}`, '-servername', 'localhost'];
  const args = ['s_client', '-quiet', '-verify_return_error', '-CAfile', recording.ca, ...proxy];
  const { stdout } = await command('openssl', args, { input: '+OK 1\r\n' });
  t.equal(String(stdout), '+OK 1\r\n');
  const [{ flow, messages }] = await recording.tcp(t);
  t.same(messages, ['> +OK 1\r\n', '< +OK 1\r\n']);
  t.equal(flow.client.tls?.sni, 'localhost');
  t.equal(flow.server.tls?.sni, 'localhost');
});

t.test('--no-rawtcp refuses it', async (t) => {
  const origin = await RawOrigin.start(t, echo);
  const recording = await Recording.start(t, { args: ['--no-rawtcp'] });
  const wire = await tunnel(recording, origin);
  wire.send('\x00nothing to see');
  t.equal(await wire.whole(), ESTABLISHED);
  t.equal((await recording.tcp(t)).length, 0);
  t.equal((await origin.connection()).size, 0);
});

function echo(wire: Wire): void {
  wire.socket.pipe(wire.socket);
}

async function tunnel(recording: Recording, origin: RawOrigin): Promise<Wire> {
  const wire = await Wire.connect(recording.port);
  wire.send(`CONNECT ${origin.authority} HTTP/1.1\r\nHost: ${origin.authority}\r\n\r\n`);
  await wire.has(ESTABLISHED);
  return wire;
}

/** Sends back the first piece and ends. */
async function tlsEcho(t: Test, tls: { key: string; cert: string }): Promise<number> {
  const server = createServer(tls, (socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk) => socket.end(chunk));
  });
  return listen(t, server);
}
