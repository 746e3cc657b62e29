import { spawnSync } from 'node:child_process';
import t from 'tap';

const MODULE = new URL('../../../src/cli/process/stray-errors.js', import.meta.url);

const script = `
  import { onStrayErrors } from ${JSON.stringify(MODULE.href)};
  onStrayErrors((message) => console.log(message));
  setImmediate(() => { throw new Error('thrown'); });
  setImmediate(() => { Promise.reject(new Error('rejected')); });
  setImmediate(() => { throw 'no error'; });
  process.on('exit', () => console.log('to the end'));
`;

const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
  encoding: 'utf8',
});
t.equal(status, 0, 'the program goes on');
t.equal(stderr, '');
t.match(stdout, /^Unexpected error: Error: thrown\n {4}at /m, 'with its stack');
t.match(stdout, /^Unexpected error: Error: rejected\n {4}at /m);
t.match(stdout, /^Unexpected error: no error$/m);
t.match(stdout, /to the end\n$/);
