import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configFileSettings } from '../../src/cli/options/config-file.js';
import { credentials, listenHost } from '../../src/cli/options/types/network-types.js';
import { certificateSpec, seconds, size } from '../../src/cli/options/types/types.js';
import { compileHostPattern } from '../../src/cli/proxy/host-pattern.js';
import { parseModeSpec } from '../../src/engine/listen/mode-spec.js';
import { NoProxy } from '../../src/engine/upstream/dial/no-proxy.js';
import { compileFilter } from '../../src/filters/index.js';
import { isMitmproxyMode } from '../../src/serialize/mitmproxy/connection/proxy-mode.js';
import { strftime, strftimePattern } from '../../src/serialize/output/rotation/strftime.js';
import { attempt, growsLinearly, repeated } from '../support/growth.js';

const confdir = t.testdir({});

function readConfig(text: string): Promise<unknown> {
  writeFileSync(join(confdir, 'tsdump.yaml'), text);
  return configFileSettings(confdir);
}

/** Options, filters and addresses: what is repeated, and what reads it. */
growsLinearly([
  ['aliases in the config file', 1000, repeated(readConfig, '*a,', 'mode: &a x\nrfile: [', ']')],
  ['entries of NO_PROXY', 1000, repeated((text) => new NoProxy([text]).matches('a.b', 80), ', a')],
  ['an entry of NO_PROXY', 4000, repeated((text) => attempt(() => new NoProxy([text])), '[', '', ']')],
  ['a mode', 4000, repeated((text) => attempt(() => parseModeSpec(text)), '@', 'reverse:http://', '1')],
  ['a mode with colons', 4000, repeated((text) => attempt(() => parseModeSpec(text)), ':', 'reverse:http://a', '1')],
  ['a mode of mitmproxy', 4000, repeated(isMitmproxyMode, ']', 'reverse:[', ':1')],
  ['labels of a mode of mitmproxy', 2000, repeated(isMitmproxyMode, 'a-a.', 'reverse:http://', '-')],
  ['a host pattern', 1000, repeated((text) => attempt(() => compileHostPattern(text)), ':1', 'glob:*')],
  ['an address to listen at', 4000, repeated((text) => listenHost.parse(text), ':', '[', ']x')],
  ['credentials', 4000, repeated((text) => attempt(() => credentials.parse(text)), ':')],
  ['a number of seconds', 4000, repeated((text) => attempt(() => seconds(0).parse(text)), '1', '', 'x')],
  ['a number of bytes', 4000, repeated((text) => attempt(() => size.parse(text)), '1', '', '.x')],
  ['a certificate for names', 4000, repeated((text) => attempt(() => certificateSpec.parse(text)), '=', '*.')],
  ['a comparison', 2000, repeated((text) => attempt(() => compileFilter(text)), ' ', '~c "', 'x"')],
  ['a field in a filter', 2000, repeated((text) => attempt(() => compileFilter(text)), ' ', '~h "a', 'x"')],
  ['a path in a filter', 2000, repeated((text) => attempt(() => compileFilter(text)), ' ', '~json "a', '= x"')],
  ['operators', 500, repeated((text) => attempt(() => compileFilter(text)), '~a & ', '', '~a')],
  ['a time in the name of a file', 1000, repeated((text) => strftime(text, new Date(0)), '%')],
  ['directives in the name of a file', 1000, repeated(strftimePattern, '%D')],
]);
