import t from 'tap';
import { withImplied } from '../../../src/cli/options/gather.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { Setting, SettingSource } from '../../../src/cli/options/setting.js';
import type { OptionName } from '../../../src/cli/options/table/index.js';

const from = (source: SettingSource, option: OptionName, text: string): Setting => ({
  option,
  text,
  source,
  place: source,
});
const flag = (option: OptionName, text: string): Setting => from('command line', option, text);

const CASES: [what: string, settings: Setting[], detail: number][] = [
  ['no statistics', [], 1],
  ['statistics', [flag('stat', 'true')], 0],
  ['as JSON', [flag('stat_json', 'true')], 0],
  ['a report in a file', [flag('report', 'json=x')], 1],
  ['a report on stdout', [flag('report', 'md=x'), flag('report', 'json=-')], 0],
  ['from the environment', [from('environment', 'stat', 'true')], 0],
  ['and flows', [flag('stat', 'true'), flag('flow_detail', '2')], 2],
  ['and -v', [flag('stat', 'true'), from('shorthand', 'flow_detail', '2')], 2],
  ['what is usual for flows is not asked for', [flag('stat', 'true'), from('config file', 'flow_detail', '3')], 0],
];
for (const [what, settings, detail] of CASES) {
  t.equal(withImplied(resolveOptions(settings)).values.flowDetail, detail, what);
}
t.same(withImplied(resolveOptions([flag('stat', 'true')])).origins.get('flow_detail'), {
  source: 'shorthand',
  place: '--stat',
});
