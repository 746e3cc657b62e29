import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { OutputError, openSink, type Sink } from '../../src/serialize/sinks.js';

const folder = t.testdir({ text: 'not a flow file', empty: '', flows: 'TSF1 and so on' });

function write(sink: Sink, ...chunks: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(
      chunks.map((chunk) => Buffer.from(chunk)),
      (error) => (error ? reject(error) : resolve()),
    );
  });
}

async function writeTo(spec: string, ...chunks: string[]): Promise<string> {
  const sink = await openSink(spec);
  await write(sink, ...chunks);
  await sink.close();
  return readFileSync(sink.name, 'latin1');
}

t.test('a file is created anew, for its owner only', async (t) => {
  const path = join(folder, 'new');
  t.equal(await writeTo(path, 'one', '', 'two'), 'onetwo');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(await writeTo(path, 'x'), 'x');
});

t.test('+FILE is appended to', async (t) => {
  t.equal(await writeTo(`+${folder}/appended`, 'TSF1'), 'TSF1');
  t.equal(statSync(join(folder, 'appended')).mode & 0o777, 0o600);
  t.equal(await writeTo(`+${folder}/appended`, 'b'), 'TSF1b');
  t.equal(await writeTo(`+${folder}/empty`, 'c'), 'c');
  t.equal(await writeTo(`+${folder}/flows`, '!'), 'TSF1 and so on!');
});

t.test('nothing is appended to what is no flow file', async (t) => {
  await t.rejects(openSink(`+${folder}/text`), { name: 'OutputError', message: /text: it is no flow file/ });
  t.equal(readFileSync(join(folder, 'text'), 'utf8'), 'not a flow file');
});

t.test('outputs that cannot be opened', async (t) => {
  const cases: [spec: string, code: string, reason: RegExp][] = [
    [folder, 'EISDIR', /it is a folder/],
    [`+${folder}`, 'EISDIR', /it is a folder/],
    [join(folder, 'no', 'such'), 'ENOENT', /no such folder/],
    [join(folder, 'text', 'such'), 'ENOTDIR', /no folder/],
  ];
  for (const [spec, code, reason] of cases) {
    await t.rejects(openSink(spec), { name: 'OutputError', code, path: spec.replace(/^\+/, ''), message: reason });
  }
});

t.test('a file that may not be written', async (t) => {
  const path = join(folder, 'locked');
  writeFileSync(path, '');
  chmodSync(path, 0o400);
  // Root may write everything, so it is somebody else for a moment.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    await t.rejects(openSink(path), { code: 'EACCES', message: /permission denied/ });
  } finally {
    if (isRoot) process.seteuid!(0);
  }
});

t.test('many chunks are one write', async (t) => {
  const chunks = Array.from({ length: 5000 }, (_, at) => `${at},`);
  t.equal(await writeTo(join(folder, 'many'), ...chunks), chunks.join(''));
});

t.test('a full disk', async (t) => {
  const sink = await openSink('/dev/full');
  await t.rejects(write(sink, 'x'), { code: 'ENOSPC' });
  await sink.close();
  const error = new OutputError('/dev/full', Object.assign(new Error('x'), { code: 'ENOSPC' }));
  t.match(error, { code: 'ENOSPC', message: 'Cannot write /dev/full: no space left on the device (ENOSPC)' });
  t.match(new OutputError('x', 'why'), { code: undefined, message: 'Cannot write x: why' });
});

t.test('stdout gets everything, and a reader that leaves is an error', async (t) => {
  const script = fileURLToPath(new URL('./write-to-stdout.js', import.meta.url));
  const child = spawn(process.execPath, [script, '5000000']);
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  t.equal(bytes, 5_000_000);

  const other = spawn(process.execPath, [script, '5000000']);
  other.stdout.destroy();
  let message = '';
  for await (const chunk of other.stderr) message += chunk;
  t.equal(message, 'Cannot write stdout: the reader closed it (EPIPE)\n');
});
