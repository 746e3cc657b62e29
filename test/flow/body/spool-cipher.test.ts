import { readFileSync } from 'node:fs';
import t from 'tap';
import { ByteLog } from '../../../src/flow/body/byte-log.js';
import { SpoolCipher } from '../../../src/flow/body/spool-cipher.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';

t.test('any position can be read', async (t) => {
  const cipher = new SpoolCipher().forFile();
  const plain = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251));
  const encrypt = cipher.from(0);
  const encrypted = Buffer.concat([
    encrypt(plain.subarray(0, 7)),
    encrypt(plain.subarray(7, 100)),
    encrypt(plain.subarray(100)),
  ]);
  t.notOk(encrypted.equals(plain));
  for (const [start, end] of [
    [0, 1000],
    [1, 20],
    [15, 17],
    [16, 33],
    [999, 1000],
  ] as const) {
    t.same(cipher.from(start)(encrypted.subarray(start, end)), plain.subarray(start, end), `${start} to ${end}`);
  }
  const far = 2 ** 40 + 5;
  const other = cipher.from(far)(plain);
  t.same(cipher.from(far + 40)(other.subarray(40)), plain.subarray(40), 'beyond 32 bits');
});

t.test('each file is encrypted differently', async (t) => {
  const spools = new SpoolCipher();
  const plain = Buffer.alloc(64);
  t.notOk(spools.forFile().from(0)(plain).equals(spools.forFile().from(0)(plain)));
});

t.test('spool files hold no clear text', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const dir = t.testdir();
  const policy = new SpoolPolicy({ dir, memoryPerBody: 10, encrypted: true });
  const log = new ByteLog(policy);
  const text = 'a secret that is longer than ten bytes, ';
  for (let at = 0; at < 100; at++) if (!log.append(Buffer.from(text))) await log.drained();
  const parts: Buffer[] = [];
  for await (const chunk of log.read(40, 400)) parts.push(chunk);
  t.equal(Buffer.concat(parts).toString(), text.repeat(9));
  const { fd } = (log as unknown as { spool: { fd: number } }).spool;
  const stored = readFileSync(`/proc/self/fd/${fd}`);
  t.equal(stored.length, log.size);
  t.notOk(stored.includes('secret'));
  log.release();
});
