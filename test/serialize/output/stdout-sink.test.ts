import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

t.test('stdout gets everything, and a reader that leaves is an error', async (t) => {
  const script = fileURLToPath(new URL('../write-to-stdout.js', import.meta.url));
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
