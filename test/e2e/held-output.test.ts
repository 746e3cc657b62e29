import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeFlows } from '../cli/flows.js';
import { commandOf, HOME, Tsdump } from '../cli/tsdump.js';
import { folder } from '../support/folder.js';
import { freePort } from '../support/free-port.js';
import { RawOrigin } from '../support/raw-origin.js';
import { until } from '../support/until.js';
import { Wire } from '../support/wire.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { Origin } from './support/origin.js';
import { needsPython, python } from './support/python.js';
import { Recording, readCapture } from './support/recording.js';

const FIFO = needs('mkfifo');
const NEWLINE = 10;

t.test('a display that is not read does not stop the proxy', needs('curl'), async (t) => {
  const count = 20;
  const origin = await Origin.start(t, (_, response) => {
    response.setHeader('Content-Type', 'text/plain');
    response.end('a line of some length, as there has to be much of it\n'.repeat(20_000));
  });
  const recording = await Recording.start(t, { args: ['--flow-detail', '4'] });
  const stdout = recording.program.child.stdout!.removeAllListeners('data').pause();
  const requests = Array.from({ length: count }, (_, number) => ['-o', '/dev/null', origin.url(`/${number}`)]);
  const asked = await curl(recording.url, ['-w', '%{http_code}\n', ...requests.flat()]);
  t.equal(String(asked.stdout), '200\n'.repeat(count));

  let lines = 0;
  let tail = '';
  let dropped: string | undefined;
  stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === NEWLINE) lines++;
    tail = tail.slice(-100) + String(chunk);
    dropped ??= /^tsdump: (\d+) lines dropped here because the reader was too slow\.\n/m.exec(tail)?.[1];
  });
  stdout.resume();
  await until(() => dropped !== undefined, 'the line that says how many were dropped');
  await curl(recording.url, ['-o', '/dev/null', origin.url('/last')]);
  await recording.stop(t);
  t.match(tail, /a line of some length/, 'what came later is shown');

  const whole = await recording.read(t, 4);
  t.equal(lines - 1 + Number(dropped), whole.split('\n').length - 1, 'lines that were dropped are all counted');
  t.ok(Number(dropped) > 1000);
  t.equal((await readCapture(recording.capture)).length, count + 1, 'all flows are recorded');
});

/** Two signals, of two kinds as those of one kind may be delivered once. */
function endAtOnce({ child }: Tsdump): void {
  child.kill('SIGINT');
  child.kill('SIGTERM');
}

/** Reads a byte of a pipe, if there is one. */
function hasByte(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) === 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}

/**
 * Waits until a program whose output is not read has nothing left to do: no thread of it runs or waits for a processor, and it
 * used no CPU time for a while.
 */
async function blocked({ child }: Tsdump): Promise<void> {
  const tasks = `/proc/${child.pid}/task`;
  const used = (): string | undefined => {
    let times = '';
    for (const task of readdirSync(tasks)) {
      // proc_pid_stat(5): state, …, utime and stime, after the command's name in parentheses.
      const fields = readFileSync(`${tasks}/${task}/stat`, 'latin1').replace(/.*\) /, '').split(' ');
      if (fields[0] !== 'S') return undefined;
      times += `${fields[11]} ${fields[12]} `;
    }
    return times;
  };
  let last: string | undefined;
  let same = 0;
  await until(() => {
    const now = used();
    same = now !== undefined && now === last ? same + 1 : 0;
    last = now;
    return same === 50;
  }, 'a program that is blocked');
}

/** Runs a proxy on a terminal on hold, and lets clients ask; or a program whose terminal is held once it has begun. */
const ON_HOLD = `
import fcntl, json, os, pty, signal, socket, struct, subprocess, sys, termios, threading, time
command, port, origin = json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
if port: termios.tcflow(theirs, termios.TCOOFF)
child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
answers = []
def ask():
    while True:
        try:
            connection = socket.create_connection(('127.0.0.1', port))
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    connection.sendall(b'GET %s HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' % origin.encode())
    answer = b''
    while True:
        piece = connection.recv(65536)
        if not piece: break
        answer += piece
    answers.append(answer.split(b'\\r\\n')[0].decode())
if port:
    for _ in range(5): ask()
else:
    os.read(ours, 1)
    termios.tcflow(theirs, termios.TCOOFF)
shown = b''
if sys.argv[4] == 'release':
    termios.tcflow(theirs, termios.TCOON)
    while shown.count(b'<<') < 5: shown += os.read(ours, 65536)
    child.send_signal(signal.SIGINT)
    # What comes meanwhile has to be read, or the terminal is full.
    threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(ours, 65536), b'')], daemon=True).start()
else:
    child.send_signal(signal.SIGINT)
    child.send_signal(signal.SIGTERM)
print(json.dumps([answers, child.wait(), shown.decode()]), flush=True)
os._exit(0)
`;

t.test('a terminal on hold', needsPython('pty'), async (t) => {
  const origin = await Origin.start(t, (_, response) => void response.end('ok'));
  type Found = [answers: string[], code: number, shown: string];
  const env = { HOME, TERM: 'xterm' };
  for (const end of ['release', 'signals']) {
    const port = await freePort();
    const args = JSON.stringify([...commandOf(), '-p', String(port), '-w', join(folder(t), 'capture')]);
    const found = (await python(ON_HOLD, [args, String(port), origin.url('/'), end], env)) as Found;
    t.same(found[0], Array(5).fill('HTTP/1.1 200 OK'), 'clients are served meanwhile');
    t.equal(found[1], 0, end);
    if (end === 'release') t.match(found[2], /GET[^\n]*\n[^\n]*<</, 'what was held is shown then');
  }
  const capture = join(folder(t), 'many');
  await writeFlows(capture, 2000);
  const reading = JSON.stringify([...commandOf(), '-nr', capture]);
  const [, code] = (await python(ON_HOLD, [reading, '0', '', 'signals'], env)) as Found;
  t.equal(code, 0, 'a second signal ends reading');
});

t.test('a second signal ends it at once where the reader of stdout reads nothing', async (t) => {
  const capture = join(folder(t), 'many');
  await writeFlows(capture, 4000);
  for (const [args, code, message] of [
    [['-nr', capture], 0, /^$/],
    [['-nr', capture, '-q', '-w', '-'], 5, /^tsdump: .*stdout: .* \[output-failed\]\n$/],
    [['-nr', capture, '-q', '-w', '-', '--format', 'har'], 5, /^tsdump: Cannot write stdout: /],
  ] as const) {
    const program = new Tsdump(t, args);
    await once(program.child.stdout!, 'readable');
    program.child.stdout!.removeAllListeners('data').pause();
    await blocked(program);
    endAtOnce(program);
    await once(program.child, 'exit');
    t.equal(program.child.exitCode, code, args.join(' '));
    program.child.stdout!.resume();
    t.match((await program.ended).stderr, message);
  }
});

t.test('a named pipe without a reader: clients wait for it', FIFO, async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const pipe = join(folder(t), 'pipe');
  await command('mkfifo', [pipe]);
  const port = await freePort();
  const program = new Tsdump(t, ['-p', String(port), '-w', pipe]);
  await program.logged(/\/pipe has no reader yet; clients wait for it\.\n/);
  const client = await Wire.connect(port);
  client.send(`GET http://${origin.authority}/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  t.equal(origin.connections.length, 0);
  const reader = new Tsdump(t, ['-nr', pipe]);
  await client.has('\r\n\r\nok');
  await reader.shown(/<< 200 OK/);
  program.child.kill('SIGINT');
  t.equal((await program.ended).code, 0);
  t.equal((await reader.ended).code, 0);
});

t.test('a signal ends what waits for the other end of a named pipe', FIFO, async (t) => {
  const dir = folder(t);
  const pipe = join(dir, 'pipe');
  const capture = join(dir, 'capture');
  await command('mkfifo', [pipe]);
  await writeFlows(capture, 3);
  const recording = new Tsdump(t, ['-p', '0', '-w', pipe]);
  await recording.logged(/no reader/);
  recording.child.kill('SIGINT');
  t.equal((await recording.ended).code, 0);
  const writing = new Tsdump(t, ['-nr', capture, '-w', pipe]);
  await writing.logged(/^tsdump: \S+ has no reader yet\.\n$/);
  writing.child.kill('SIGTERM');
  t.equal((await writing.ended).code, 0);
  const reading = new Tsdump(t, ['-v', '-nr', `${capture}`, '-r', pipe]);
  await reading.shown(/\/3\n/);
  reading.child.kill('SIGINT');
  t.equal((await reading.ended).code, 0);
});

t.test('a named pipe whose reader reads nothing', FIFO, async (t) => {
  const dir = folder(t);
  const pipe = join(dir, 'pipe');
  const capture = join(dir, 'capture');
  await command('mkfifo', [pipe]);
  await writeFlows(capture, 4000);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(reader));
  const program = new Tsdump(t, ['-nr', capture, '-q', '-w', pipe]);
  await until(() => hasByte(reader), 'the first flow');
  await blocked(program);
  endAtOnce(program);
  const ended = await program.ended;
  t.equal(ended.code, 5);
  t.match(ended.stderr, /^tsdump: Cannot write \S+\/pipe: .* \[output-failed\]\n$/);
});
