import t from 'tap';
import { fixedFields } from '../../../../src/engine/http1/head/fixed-fields.js';
import type { FixedServer } from '../../../../src/engine/upstream/route.js';

const CASES: [what: string, block: string, server: Partial<FixedServer>, expected: string][] = [
  ['Host', 'Host: a\r\nB: 1\r\n', { hostHeader: 'h:8' }, 'Host: h:8\r\nB: 1\r\n'],
  ['as it was written', 'B: 1\r\nHOST:a\r\n', { hostHeader: 'h' }, 'B: 1\r\nHOST: h\r\n'],
  ['added', 'B: 1\r\n', { hostHeader: 'h' }, 'Host: h\r\nB: 1\r\n'],
  ['added to nothing', '', { hostHeader: 'h' }, 'Host: h\r\n'],
  ['only one', 'Host: a\r\nB: 1\r\nhost: b\r\n', { hostHeader: 'h' }, 'Host: h\r\nB: 1\r\n'],
  ['not another field', 'X-Host: a\r\nHostess: a\r\n', { hostHeader: 'h' }, 'Host: h\r\nX-Host: a\r\nHostess: a\r\n'],
  ['other bytes stay', 'B: \xff\r\nHost: a\r\n', { hostHeader: 'h' }, 'B: \xff\r\nHost: h\r\n'],
  ['$ is no reference', 'Host: a\r\n', { hostHeader: '$&$1' }, 'Host: $&$1\r\n'],
  ['not behind a bare CR', 'X: a\rHost: b\r\n', { hostHeader: 'h' }, 'Host: h\r\nX: a\rHost: b\r\n'],
  ['nothing', 'Host: a\r\n', {}, 'Host: a\r\n'],
  [
    'Authorization',
    'authorization: x\r\nHost: a\r\n',
    { authorization: 'Basic y' },
    'authorization: Basic y\r\nHost: a\r\n',
  ],
  ['both', 'Host: a\r\n', { hostHeader: 'h', authorization: 'B' }, 'Authorization: B\r\nHost: h\r\n'],
];

for (const [what, block, server, expected] of CASES) {
  const fixed: FixedServer = { protocol: 'http', hostHeader: undefined, authorization: undefined, ...server };
  t.equal(fixedFields(Buffer.from(block, 'latin1'), fixed).toString('latin1'), expected, what);
}

const same = Buffer.from('Host: h\r\nA: 1\r\n');
t.equal(
  fixedFields(same, { protocol: 'http', hostHeader: 'h', authorization: undefined }),
  same,
  'what is right already is left alone',
);
