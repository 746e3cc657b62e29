import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ResumeLog } from '../../../src/cli/client-replay/resume-log.js';
import { openLearningFile } from '../../../src/cli/compare/learning-run.js';
import { ExitError, UsageError } from '../../../src/cli/process/exit-error.js';

t.test('a resume point that cannot be written leaves nothing behind', (t) => {
  const dir = t.testdir({});
  const path = join(dir, 'resume.json');
  const log = new ResumeLog(path, '');
  mkdirSync(path);
  t.throws(() => log.write(1), ExitError);
  t.same(readdirSync(dir), ['resume.json']);
  t.end();
});

t.test('a pipe is refused, because reading it would wait', async (t) => {
  const pipe = join(t.testdir({}), 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return;
  t.throws(() => new ResumeLog(pipe, ''), UsageError);
  t.throws(() => openLearningFile({} as never, pipe), UsageError);
});
