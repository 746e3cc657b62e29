import t from 'tap';
import { toAsciiName, toUnicodeName } from '../../src/flow/domain-name.js';

t.equal(toAsciiName('Bücher.test'), 'xn--bcher-kva.test');
t.equal(toUnicodeName('xn--bcher-kva.test'), 'bücher.test');
t.equal(toAsciiName('a b'), '', 'no name');
const longest = `${'a'.repeat(63)}.`.repeat(3) + 'b'.repeat(61);
t.equal(toAsciiName(longest), longest);
t.equal(toAsciiName('ü'.repeat(255)), '', 'too long');
t.equal(toUnicodeName(`xn--${'a'.repeat(255)}`), '', 'too long');
