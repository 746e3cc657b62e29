import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import t from 'tap';
import { AnswerFiles } from '../../../../src/replay/server/answers/answer-files.js';
import { capture, exchange, KEYS, policy } from '../recorded.js';

t.test('an answer that the system cannot read is reported and missing', async (t) => {
  const messages: string[] = [];
  const onDamage = ({ message }: { message: string }) => messages.push(message);
  const files = new AnswerFiles({ keys: KEYS, policy, strict: true, onDamage, onAnswer() {} });
  t.teardown(() => files.close());
  await files.add({ path: await capture(t, [exchange({ url: 'http://a.test/' })]) });
  const { readSync } = fs;
  t.teardown(() => {
    fs.readSync = readSync;
    syncBuiltinESMExports();
  });
  fs.readSync = () => {
    throw new Error('EIO: i/o error, read');
  };
  syncBuiltinESMExports();
  t.equal(files.read(0), undefined);
  t.same(messages, ['a recorded answer cannot be read: EIO: i/o error, read']);
});
