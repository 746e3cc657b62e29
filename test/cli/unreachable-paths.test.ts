import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExitCode } from '../../src/cli/process/exit-codes.js';
import { folder, write } from '../support/folder.js';
import { writeFlows } from './flows.js';
import { runWarm } from './warm.js';

t.test('paths that the system refuses to look at are errors of the option', async (t) => {
  const dir = folder(t);
  const capture = join(dir, 'in.bin');
  await writeFlows(capture, 2);
  const loop = join(dir, 'loop');
  symlinkSync('loop', loop);
  const definitions = join(dir, 'a.proto');
  write(definitions, `syntax = "proto3"; import "${'x'.repeat(300)}.proto";`);

  const read = ['-nqr', capture];
  const proxy = ['-q', '-p', '0'];
  const send = ['-q', '-C', capture, '--replay-to', 'http://127.0.0.1:1'];
  for (const path of [loop, join(loop, 'file'), join(dir, 'x'.repeat(300))]) {
    const table: [code: number, args: string[]][] = [
      [ExitCode.output, [...read, '-w', path]],
      [ExitCode.output, [...read, '-w', `+${path}`]],
      [ExitCode.output, [...read, '-w', path, '--set', 'rotate_flows=1']],
      [ExitCode.output, [...read, '-w', join(path, '%Y'), '--set', 'rotate_flows=1']],
      [ExitCode.output, [...read, '--set', `hardump=${path}`]],
      [ExitCode.output, [...read, '--report', `json=${join(path, 'report')}`]],
      [ExitCode.output, [...proxy, '-w', path]],
      [ExitCode.output, [...send, '-w', path]],
      [ExitCode.output, [...send, '--replay-resume', join(dir, 'no', 'folder')]],
      [ExitCode.start, [...proxy, '--port-file', join(path, 'port')]],
      [ExitCode.start, [...proxy, '--pid-file', join(path, 'pid')]],
      [ExitCode.input, ['-nr', path]],
      [ExitCode.input, ['-q', '-C', path, '--replay-to', 'http://127.0.0.1:1']],
      [ExitCode.input, [...proxy, '-S', path]],
      [ExitCode.usage, [...read, '-s', path]],
      [ExitCode.usage, [...read, '--set', `spool_dir=${path}`]],
      [ExitCode.usage, [...read, '--protobuf-definitions', path]],
      [ExitCode.usage, [...read, '--protobuf-definitions', definitions]],
    ];
    for (const [code, args] of table) {
      const ended = await runWarm(args);
      t.equal(ended.code, code, args.join(' ').replaceAll(dir, '.'));
      t.match(ended.stderr, /^tsdump: /);
    }
  }
});
