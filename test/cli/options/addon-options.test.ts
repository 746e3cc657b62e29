import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AddonOptions } from '../../../src/cli/options/addon-options.js';
import { parseCommandLine } from '../../../src/cli/options/command-line.js';
import { gatherOptions } from '../../../src/cli/options/gather.js';
import type { UnclaimedSetting } from '../../../src/cli/options/setting.js';
import type { AddonOption, AddonOptionType } from '../../../src/flow/hooks/load-context.js';
import { folder, write } from '../../support/folder.js';

interface Given {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  config?: string;
}

async function open(t: { teardown(action: () => void): unknown }, { args = [], env = {}, config = '' }: Given = {}) {
  const confdir = folder(t as never);
  mkdirSync(confdir, { recursive: true });
  write(join(confdir, 'tsdump.yaml'), config);
  const unclaimed: UnclaimedSetting[] = [];
  const all = ['--set', `confdir=${confdir}`, '-s', 'x.ts', ...args];
  const { settings } = parseCommandLine(all, (setting) => unclaimed.push(setting));
  const resolved = await gatherOptions(settings, env, unclaimed);
  return new AddonOptions(resolved.values, resolved.unclaimed ?? []);
}

/** The option, what a user gives for `my_option`, and the value or what the message says. */
const VALUES: [Partial<AddonOption<AddonOptionType>>, Given, unknown][] = [
  [{ type: 'str', default: 'a' }, {}, 'a'],
  [{ type: 'str', default: 'a' }, { args: ['--set', 'my_option=b'] }, 'b'],
  [{ type: 'str', default: 'a' }, { env: { TSDUMP_MY_OPTION: 'b' } }, 'b'],
  [{ type: 'str', default: 'a' }, { config: 'my_option: b' }, 'b'],
  [{ type: 'str', default: 'a' }, { config: 'my_option: b', env: { TSDUMP_MY_OPTION: 'c' } }, 'c'],
  [{ type: 'str', default: 'a' }, { env: { TSDUMP_MY_OPTION: 'c' }, args: ['--set', 'my_option=d'] }, 'd'],
  [
    { type: 'str', default: 'a', choices: ['a', 'b'] },
    { args: ['--set', 'my_option=c'] },
    /my_option: expected one of a, b/,
  ],
  [{ type: 'path', default: '' }, { args: ['--set', 'my_option=/x'] }, '/x'],
  [{ type: 'bool', default: false }, { args: ['--set', 'my_option'] }, true],
  [{ type: 'bool', default: true }, { args: ['--set', 'my_option=toggle'] }, false],
  [{ type: 'int', default: -1 }, { args: ['--set', 'my_option=-5'] }, -5],
  [
    { type: 'int', default: 1 },
    { args: ['--set', 'my_option=x'] },
    /^--set my_option: expected a whole number, got "x"$/,
  ],
  [{ type: 'int', default: 1 }, { config: '\nmy_option: x' }, /tsdump\.yaml:2: my_option: expected a whole number/],
  [{ type: 'seconds', default: 0.5 }, { args: ['--set', 'my_option=1.5'] }, 1.5],
  [{ type: 'size', default: 1024 }, { args: ['--set', 'my_option=2k'] }, 2048],
  [{ type: 'optional int' }, {}, undefined],
  [{ type: 'optional int', default: 3 }, {}, 3],
  [{ type: 'optional int', default: 3 }, { args: ['--set', 'my_option'] }, undefined],
  [{ type: 'sequence of str' }, {}, []],
  [{ type: 'sequence of str', default: ['a'] }, {}, ['a']],
  [{ type: 'sequence of int' }, { args: ['--set', 'my_option=1', '--set', 'my_option=2'] }, [1, 2]],
  [{ type: 'sequence of int' }, { env: { TSDUMP_MY_OPTION: '1\n2' } }, [1, 2]],
  [{ type: 'sequence of int' }, { config: 'my_option: [1, 2]' }, [1, 2]],
  [{ type: 'str', default: 'a' }, { args: ['--set', 'my_option=1', '--set', 'my_option=2'] }, /takes one value/],
];

for (const [option, given, expected] of VALUES) {
  t.test(`${JSON.stringify(option)} with ${JSON.stringify(given)}`, async (t) => {
    const scope = (await open(t, given)).open('x.ts');
    const add = () => scope.add('my_option', { help: 'Mine.', ...option } as AddonOption<AddonOptionType>);
    if (expected instanceof RegExp) return void t.throws(add, { name: 'OptionSettingError', message: expected });
    t.same(add(), expected);
    t.same(scope.values.myOption, expected, 'also in options');
    t.equal(scope.values.listenHost, '127.0.0.1');
  });
}

const BAD: [name: string, option: object, message: RegExp][] = [
  ['myOption', { type: 'str', default: '', help: 'x' }, /snake_case/],
  ['my_option_', { type: 'str', default: '', help: 'x' }, /snake_case/],
  ['mode', { type: 'str', default: '', help: 'x' }, /tsdump itself/],
  ['mine', { type: 'text', default: '', help: 'x' }, /no type/],
  ['mine', { type: 'sequence of', default: '', help: 'x' }, /no type/],
  ['mine', { type: 'toString', default: '', help: 'x' }, /no type/],
  ['mine', { type: 'str', default: '' }, /help/],
  ['mine', { type: 'str', help: 'x' }, /no default/],
  ['mine', { type: 'int', default: 1.5, help: 'x' }, /no default/],
  ['mine', { type: 'sequence of str', default: 'x', help: 'x' }, /array/],
  ['mine', { type: 'str', default: 'c', choices: ['a'], help: 'x' }, /no default/],
];

t.test('wrong definitions', async (t) => {
  const scope = (await open(t)).open('x.ts');
  for (const [name, option, message] of BAD) {
    t.throws(
      () => scope.add(name, option as AddonOption<AddonOptionType>),
      { name: 'Error', message },
      JSON.stringify(option),
    );
  }
});

t.test('settings without an option, and options that two addons add', async (t) => {
  const options = await open(t, { args: ['--set', 'other_optoin=1'], env: { TSDUMP_MINE: '2' } });
  const option = { type: 'str', default: '', help: 'x' } as const;
  const first = options.open('a.ts');
  first.add('mine', option);
  t.throws(() => first.add('mine', option), /already an option mine, of a\.ts/);
  first.commit();
  const second = options.open('b.ts');
  t.throws(() => second.add('mine', option), /already an option mine, of a\.ts/);
  t.equal(second.values.mine, '2', 'it sees those of scripts before');
  second.add('other_option', option);
  second.commit();
  t.throws(() => options.refuseUnclaimed(), {
    code: 'option-unknown',
    message: /other_optoin .*\bother_option\b/,
  });
  const again = options.open('a.ts');
  t.equal(again.add('mine', option), '2', 'a new version may have it again');
});

t.test('without scripts they are refused at once', async (t) => {
  const unclaimed: UnclaimedSetting[] = [];
  const { settings } = parseCommandLine(['--set', 'foo=1'], (setting) => unclaimed.push(setting));
  await t.rejects(gatherOptions(settings, {}, unclaimed), {
    code: 'option-unknown',
    message: /^--set foo: /,
  });
});

t.test('without scripts, all unknown options are named', async (t) => {
  const home = t.testdir({ 'tsdump.yaml': 'moed: x\nstrict: true\nprot: 1\n' });
  const error = await gatherOptions([], { TSDUMP_CONFDIR: home, TSDUMP_FOO: '1' }).catch((error) => error);
  t.equal(error.code, 'option-unknown');
  t.match(error.messages, [/ TSDUMP_FOO: /, /tsdump\.yaml:1: .* moed /, /tsdump\.yaml:3: .* prot/]);
  t.equal(error.messages.length, 3);
});
