import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const DEMO = fileURLToPath(new URL('../../examples/demo.js', import.meta.url));

t.test('the demonstration records twelve exchanges and reads them back', async (t) => {
  // Settings of the user who runs the tests would be settings of the program, too.
  const env = { PATH: process.env.PATH, HOME: t.testdirName, TMPDIR: t.testdir(), NO_COLOR: '1' };
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [DEMO], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
    );
  });
  t.equal(code, 0, 'exit code', { stderr });
  const exchanges = (heading: string) =>
    section(stdout, heading)
      .split('\n')
      .filter((line) => / << \d{3} /.test(line)).length;
  t.equal(exchanges('# Read the capture'), 12);
  t.equal(exchanges('# Only what failed'), 2);
  t.equal(exchanges('# One exchange'), 1);
  t.match(section(stdout, '# One exchange'), /Content-Type: application\/x-www-form-urlencoded/);
  t.match(stdout, /# The capture is .+demo\.flows\./);
});

/** From a heading to the next. */
function section(text: string, heading: string): string {
  return text.slice(text.indexOf(heading)).split(/\n# /, 1)[0]!;
}
