import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configFileSettings } from '../../../src/cli/options/config-file.js';
import type { ProgramErrorCode } from '../../../src/cli/process/error-codes.js';

const dir = t.testdir({});
const file = join(dir, 'tsdump.yaml');

t.same(await configFileSettings(join(dir, 'none')), [], 'no folder');
t.same(await configFileSettings(dir), [], 'no file');

const GOOD: [string, [string, string | undefined, number][]][] = [
  ['', []],
  ['# nothing\n', []],
  ['listen_port: 9000\n', [['listen_port', '9000', 1]]],
  [
    '\n\nshowhost: true\nstrict: yes\n',
    [
      ['showhost', 'true', 3],
      ['strict', 'yes', 4],
    ],
  ],
  [
    'body_memory: 1m\nlisten_host: 10.1\n',
    [
      ['body_memory', '1m', 1],
      ['listen_host', '10.1', 2],
    ],
  ],
  ['dumper_filter: "~d a"\n', [['dumper_filter', '~d a', 1]]],
  ['dumper_filter: ~d a\n', [['dumper_filter', '~d a', 1]]],
  ['rfile:\n', [['rfile', undefined, 1]]],
  ['rfile: ~\n', [['rfile', undefined, 1]]],
  ['mode: regular@1\n', [['mode', 'regular@1', 1]]],
  [
    'mode:\n  - regular@1\n  - regular@2\n',
    [
      ['mode', 'regular@1', 2],
      ['mode', 'regular@2', 3],
    ],
  ],
  ['mode: []\n', [['mode', undefined, 1]]],
  [
    'mode: &modes [&one regular@1]\ndumper_filter: *one\nscripts: *modes\nrfile: [*one]\n',
    [
      ['mode', 'regular@1', 1],
      ['dumper_filter', 'regular@1', 2],
      ['scripts', 'regular@1', 1],
      ['rfile', 'regular@1', 4],
    ],
  ],
];

for (const [text, expected] of GOOD) {
  writeFileSync(file, text);
  const found = await configFileSettings(dir);
  t.same(
    found,
    expected.map(([option, value, line]) => ({
      option,
      text: value,
      source: 'config file',
      place: `${file}:${line}: ${option}`,
    })),
    JSON.stringify(text),
  );
}

/** Text, the code of the error, and the line and hint that it names. */
const BAD: [text: string, code: ProgramErrorCode, named: RegExp][] = [
  ['listen_prot: 1\n', 'option-unknown', /tsdump\.yaml:1: .*\blisten_port\b/],
  ['\nqqqqqqqqq: 1\n', 'option-unknown', /tsdump\.yaml:2: .*\bqqqqqqqqq\b/],
  ['confdir: /x\n', 'config-invalid', /tsdump\.yaml:1: /],
  ['- a\n', 'config-invalid', /tsdump\.yaml:1: /],
  ['strict: [true]\n', 'option-value', /tsdump\.yaml:1: strict: /],
  ['mode:\n  a: 1\n', 'option-value', /tsdump\.yaml:1: mode: /],
  ['strict: true\nstrict: false\n', 'config-invalid', /tsdump\.yaml:2: /],
  ['strict: "a\n', 'config-invalid', /tsdump\.yaml:\d: /],
  ['mode: *none\n', 'option-value', /tsdump\.yaml:1: /],
  ['mode: &a [*a]\n', 'option-value', /tsdump\.yaml:1: mode: /],
  ['strict: &a true\nmode: [*a, &b [x]]\n', 'option-value', /tsdump\.yaml:2: mode: /],
  ['strict: true\n---\nmode: x\n', 'config-invalid', /tsdump\.yaml:2: .*---/],
];

for (const [text, code, message] of BAD) {
  writeFileSync(file, text);
  await t.rejects(configFileSettings(dir), { code, message }, JSON.stringify(text));
}

const folder = t.testdirName;
mkdirSync(join(folder, 'odd', 'tsdump.yaml'), { recursive: true });
await t.rejects(configFileSettings(join(folder, 'odd')), {
  code: 'config-invalid',
  message: `cannot read the config file ${join(folder, 'odd', 'tsdump.yaml')}: it is a folder (EISDIR)`,
});
