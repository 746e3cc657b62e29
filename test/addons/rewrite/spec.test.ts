import t from 'tap';
import { UsageError } from '../../../src/cli/process/exit-error.js';
import { addonsFor, type RewriteSettings } from './rewriting.js';

/** The caret stands under the character with this index. */
const MISTAKES: [option: string, spec: string, at: number][] = [
  ['modify_headers', '/', 1],
  ['modify_headers', '/X', 2],
  ['modify_headers', '/~zz/X/1', 1],
  ['modify_headers', '/~q & /X/1', 6],
  ['modify_headers', '/~q & ~u [/X/1', 9],
  ['modify_headers', '//X/1', 1],
  ['modify_headers', '/~q/X Y/1', 4],
  ['modify_headers', '/~q//1', 4],
  ['modify_headers', '/X/a\\x4', 4],
  ['modify_headers', '/X/a\\', 4],
  ['modify_headers', '/X/a\\nb', 3],
  ['modify_headers', '/X/@/no/such/file', 3],
  ['modify_headers', '|X|@/no/such/file', 4],
  ['modify_body', '/a(b/c', 2],
  ['modify_body', '/~q/a**/c', 6],
  ['modify_body', '/\\x41**/c', 6],
  ['modify_body', '/ab/\\1', 4],
  ['modify_body', '/(a)b/x\\2', 7],
  ['modify_body', '/ab/x\\q', 5],
  ['modify_body', '/ab/\\g<n>', 4],
  ['map_remote', '|é(|x', 2],
  ['map_remote', '|a|\\1', 3],
  ['map_local', '|(|/tmp', 1],
  ['map_local', '|a|/no/such/folder', 3],
  ['stickycookie', '~zz', 0],
  ['stickyauth', '~u [', 3],
];

t.test('the place of a mistake', async (t) => {
  for (const [option, spec, at] of MISTAKES) {
    const settings: RewriteSettings = { [option]: option.startsWith('sticky') ? spec : [spec] };
    const error = await addonsFor(settings).catch((thrown: unknown) => thrown);
    if (!(error instanceof UsageError)) {
      t.fail(`${option} ${spec}`, { error });
      continue;
    }
    const lines = error.messages.join('\n').split('\n');
    t.equal(lines.at(-2), `  ${spec}`, spec);
    t.equal(lines.at(-1)!.length - 3, at, `${option} ${spec}: ${lines[0]}`);
    t.ok(lines[0]!.startsWith(option));
  }
});
