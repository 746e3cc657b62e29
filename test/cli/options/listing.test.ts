import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configFileSettings } from '../../../src/cli/options/config-file.js';
import { optionListing } from '../../../src/cli/options/listing.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { Setting } from '../../../src/cli/options/setting.js';
import { OPTIONS } from '../../../src/cli/options/table/index.js';

const SETTINGS: Setting[] = (
  [
    ['listen_port', '9000'],
    ['mode', 'regular@1'],
    ['mode', 'regular@[::1]:2'],
    ['rfile', 'a: "b" #c'],
    ['rfile', 'up \x1b[A \x9b \u202e \n end'],
    ['dumper_filter', '~d a & !~c 200'],
    ['showhost', 'true'],
    ['body_memory', '1m'],
    ['connect_timeout', '0.5'],
  ] as const
).map(([option, text]) => ({ option, text, source: 'environment', place: `TSDUMP_${option.toUpperCase()}` }));

const dir = t.testdir({});
for (const settings of [[], SETTINGS]) {
  const before = resolveOptions(settings);
  const text = optionListing(before);
  writeFileSync(join(dir, 'tsdump.yaml'), text);
  const after = resolveOptions(await configFileSettings(dir));
  t.same(after.values, before.values, `a config file that says the same, ${settings.length} settings`);
  for (const name of OPTIONS.keys()) t.match(text, new RegExp(`^(# )?${name}: `, 'm'), `has ${name}`);
  for (const line of text.split('\n')) t.ok(line.length <= 100, 'lines are not long');
}

const text = optionListing(resolveOptions(SETTINGS));
t.match(text, /^# Set by TSDUMP_LISTEN_PORT; default null\.\nlisten_port: 9000$/m, 'says where a value came from');
t.match(text, /^mode: \["regular@1", "regular@\[::1\]:2"\]$/m);
t.notMatch(text, /Set by .*\nconfdir/, 'but not of defaults');
t.notMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/, 'nothing for a terminal to obey');
const odd = optionListing(
  resolveOptions([{ option: 'showhost', text: 'true', source: 'config file', place: '/a\x1b[2J\nb/tsdump.yaml:1' }]),
);
t.match(odd, /^# Set by \/a\\x1b\[2J\\nb\/tsdump\.yaml:1; default false\.$/m);
