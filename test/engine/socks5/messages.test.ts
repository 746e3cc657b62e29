import t from 'tap';
import { AddressTypeError } from '../../../src/engine/socks5/address.js';
import * as messages from '../../../src/engine/socks5/messages.js';
import { prefixes } from '../../support/cuts.js';
import { Random } from '../../support/random.js';

const { SocksError } = messages;

/** What a message is in bytes, and what it says. */
const CASES: [name: string, read: (bytes: Buffer) => unknown, hex: string, says: object, written?: Buffer][] = [
  ['greeting', messages.readGreeting, '05 01 00', { methods: Buffer.of(0) }, messages.writeGreeting([0])],
  [
    'greeting of two',
    messages.readGreeting,
    '05 02 00 02',
    { methods: Buffer.of(0, 2) },
    messages.writeGreeting([0, 2]),
  ],
  ['greeting of none', messages.readGreeting, '05 00', { methods: Buffer.alloc(0) }, messages.writeGreeting([])],
  ['method', messages.readMethod, '05 02', { method: 2 }, messages.writeMethod(2)],
  ['no method', messages.readMethod, '05 ff', { method: 255 }, messages.writeMethod(messages.Method.unacceptable)],
  [
    'credentials',
    messages.readCredentials,
    '01 01 75 03 c3a470',
    { credentials: { username: 'u', password: 'äp' } },
    messages.writeCredentials({ username: 'u', password: 'äp' }),
  ],
  [
    'empty credentials',
    messages.readCredentials,
    '01 00 00',
    { credentials: { username: '', password: '' } },
    messages.writeCredentials({ username: '', password: '' }),
  ],
  ['verdict: right', messages.readVerdict, '01 00', { accepted: true }, messages.writeVerdict(true)],
  ['verdict: wrong', messages.readVerdict, '01 01', { accepted: false }, messages.writeVerdict(false)],
  [
    'request',
    messages.readRequest,
    '05 01 00 03 01 61 0050',
    { command: 1, address: ['a', 80] },
    messages.writeRequest(messages.SocksCommand.connect, ['a', 80]),
  ],
  ['reply: done', messages.readReply, '05 00 00 01 00000000 0000', { reply: 0 }, messages.writeReply(0)],
  ['reply: done, with a name', messages.readReply, '05 00 00 03 01 61 0050', { reply: 0 }],
  ['reply: refused', messages.readReply, '05 05 00 01 00000000 0000', { reply: 5 }, messages.writeReply(5)],
];

for (const [name, read, hex, says, written] of CASES) {
  const bytes = Buffer.from(hex.replace(/ /g, ''), 'hex');
  t.strictSame(read(bytes), { ...says, end: bytes.length }, name);
  if (written) t.equal(written.toString('hex'), bytes.toString('hex'), `${name}, written`);
  if (name === 'reply: refused') continue;
  for (const prefix of prefixes(bytes)) t.equal(read(prefix), undefined, `${name}, ${prefix.length} bytes of it`);
  // A reply with an error ends with what there is.
  if (name.startsWith('reply')) continue;
  const more = Buffer.concat([bytes, Buffer.from('more')]);
  t.strictSame(read(more), { ...says, end: bytes.length }, `${name}, and more`);
}

t.strictSame(messages.readReply(Buffer.from([5, 1])), { reply: 1, end: 2 }, 'a refusal without an address');

for (const [name, read] of CASES) {
  for (const version of [0, 2, 4, 6, 0x16, 0x47, 255]) {
    t.throws(() => read(Buffer.from([version, 0, 0])), { name: 'SocksError' }, `${name} of version ${version}`);
  }
}
t.throws(() => messages.readRequest(Buffer.from([5, 1, 0, 9])), { name: 'AddressTypeError' });
t.throws(() => messages.writeCredentials({ username: 'u', password: 'p'.repeat(256) }), RangeError);

t.equal(messages.replyText(5), 'connection refused');
t.equal(messages.replyText(77), 'error 77');

t.test('random bytes are a message, a prefix of one, or an error', async (t) => {
  const random = new Random(5);
  for (let round = 0; round < 20_000; round++) {
    const bytes = random.bytes(random.below(40));
    if (bytes.length > 0) bytes[0] = random.pick([5, 5, 5, 1, bytes[0]!]);
    if (bytes.length > 3) bytes[3] = random.pick([1, 3, 4, bytes[3]!]);
    const [, read] = random.pick(CASES);
    try {
      const message = read(bytes) as { end: number } | undefined;
      if (message && message.end > bytes.length) t.fail(`${bytes.toString('hex')}: ends after the bytes`);
      if (message && message.end === 0) t.fail(`${bytes.toString('hex')}: has no length`);
    } catch (error) {
      if (!(error instanceof SocksError || error instanceof AddressTypeError))
        t.fail(`${bytes.toString('hex')}: ${error}`);
    }
  }
  t.pass('all of them');
});
