import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { nodeOptions } from '../../../../src/cli/command/environment/node.js';
import { TrustFiles } from '../../../../src/cli/command/environment/trust-files.js';
import { orSkip } from '../../../e2e/support/command.js';
import { testAuthority } from '../../../engine/tls/support.js';
import { folder, write } from '../../../support/folder.js';

const dir = folder(t);
const files = new TrustFiles(dir, testAuthority().certificate);

t.test('the module stays where it is installed, if all users can read it', async (t) => {
  const open = join(dir, 'open');
  mkdirSync(open);
  for (const path of [dir, open]) chmodSync(path, 0o755);
  const module = write(join(open, 'with "quotes".cjs'), '// module');
  chmodSync(module, 0o644);
  const option = `--require "${open}/with \\"quotes\\".cjs"`;
  t.equal(nodeOptions(undefined, files, module), option);
  t.equal(nodeOptions('', files, module), option);
  t.equal(nodeOptions('-a', files, module), `-a ${option}`);
  t.equal(nodeOptions(`-a ${option} -b`, files, module), `-a ${option} -b`);
});

const ROOT = orSkip(process.getuid?.() !== 0 && 'only root may change the user');

t.test('root copies it from a folder that only root can read', ROOT, async (t) => {
  const closed = join(dir, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const module = write(join(closed, 'module.cjs'), '// module');
  const [, copy] = /^--require "(.*)"$/.exec(nodeOptions(undefined, files, module))!;
  t.notMatch(copy, closed);
  t.equal(readFileSync(copy!, 'utf8'), '// module');
});
