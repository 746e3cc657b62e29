import { homedir } from 'node:os';
import t from 'tap';
import { credentials, modeSpec, noProxy } from '../../../../src/cli/options/types/network-types.js';
import {
  bool,
  choice,
  int,
  type OptionType,
  OptionValueError,
  path,
  positiveSize,
  seconds,
  size,
  str,
} from '../../../../src/cli/options/types/types.js';

const GOOD: [OptionType<unknown>, string, unknown][] = [
  [bool, 'true', true],
  [bool, 'FALSE', false],
  [bool, 'yes', true],
  [bool, 'off', false],
  [bool, '1', true],
  [str, '', ''],
  [str, ' a ', ' a '],
  [path, 'a/~/b', 'a/~/b'],
  [path, '~', homedir()],
  [path, '~/a', `${homedir()}/a`],
  [path, '+~/a', `+${homedir()}/a`],
  [path, '~other/a', '~other/a'],
  [path, '-', '-'],
  [int(0, 65535), '0', 0],
  [int(0, 65535), '65535', 65535],
  [int(-5, 5), '-5', -5],
  [seconds(0), '0', 0],
  [seconds(0), '1.5', 1.5],
  [seconds(0), '.25', 0.25],
  [size, '0', 0],
  [size, '100', 100],
  [size, '100b', 100],
  [size, '256k', 262144],
  [size, '1M', 1048576],
  [size, '1.5g', 1610612736],
  [positiveSize, '1k', 1024],
  [choice(['eager', 'lazy']), 'Lazy', 'lazy'],
  [choice(['TLS1_2', 'TLS1_3']), 'TLS1_2', 'TLS1_2'],
  [choice(['TLS1_2', 'TLS1_3']), 'tls1_3', 'TLS1_3'],
  [modeSpec, 'Regular@[::1]:0', 'Regular@[::1]:0'],
];

for (const [type, text, value] of GOOD) t.equal(type.parse(text), value, `${type.name} ${JSON.stringify(text)}`);

const BAD: [OptionType<unknown>, string, RegExp][] = [
  // What Node.js makes of a name that is not UTF-8.
  [path, Buffer.from('a\xff.bin', 'latin1').toString(), /^expected a name in UTF-8/],
  [bool, '', /^expected true or false$/],
  [bool, 'maybe', /^expected true or false$/],
  [int(0, 65535), '65536', /^expected a whole number from 0 to 65535$/],
  [int(0, 65535), '-1', /from 0 to 65535/],
  [int(0, 65535), '1.5', /whole number/],
  [int(0, 65535), '0x10', /whole number/],
  [int(0, 65535), '', /whole number/],
  [int(1, Number.MAX_SAFE_INTEGER), '0', /^expected a whole number of 1 or more$/],
  [seconds(0), '-1', /^expected a number of seconds from 0 to 2073600$/],
  [seconds(0.5), '0.4', /from 0.5/],
  [seconds(0), 'Infinity', /seconds/],
  [seconds(0), '.', /seconds/],
  [seconds(0), '1e3', /seconds/],
  [size, '', /^expected a number of bytes, such as/],
  [size, '5q', /bytes/],
  [size, '-1', /bytes/],
  [positiveSize, '0', /^expected a number of bytes of 1 or more/],
  [positiveSize, '5q', /such as/],
  [size, '99999999t', /bytes/],
  [choice(['eager', 'lazy']), 'lasy', /^expected one of eager, lazy \(did you mean lazy\?\)$/],
  [credentials, 'user', /^expected USER:PASSWORD$/],
  [credentials, ':secret', /^expected USER:PASSWORD$/],
  [noProxy, 'ok, 10.0.0.0/33', /^"10\.0\.0\.0\/33" is not a name, an address, a network/],
  [modeSpec, 'regular@x', /^Mode "regular@x", column 9: "x": /],
  [choice(['eager', 'lazy']), 'x', /^expected one of eager, lazy$/],
];

for (const [type, text, message] of BAD) {
  t.throws(() => type.parse(text), { constructor: OptionValueError, message }, `${type.name} ${JSON.stringify(text)}`);
}

const SHOWN: [number, string][] = [
  [0, '0'],
  [1, '1'],
  [1024, '1k'],
  [1025, '1025'],
  [262144, '256k'],
  [1048576, '1m'],
  [1536 * 1024, '1536k'],
  [2 ** 40, '1t'],
];

for (const [value, text] of SHOWN) {
  t.equal(size.show(value), text, `size ${value}`);
  t.equal(size.parse(text), value, `size ${text}`);
}
