import { readdirSync } from 'node:fs';
import t from 'tap';
import { collect } from '../../../src/flow/body/content-coding.js';
import { PagedLog } from '../../../src/flow/body/paged-log.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { folder } from '../../support/folder.js';

/** Appends a record of one repeated byte. */
function add(log: PagedLog, byte: number, length: number): void {
  log.reserve(length);
  log.page.fill(byte, log.filled, log.filled + length);
  log.filled += length;
}

async function bytesOf(log: PagedLog): Promise<string> {
  const { stored } = log;
  return stored ? (await collect(stored.read())).toString('latin1') : '';
}

t.test('records in pages of growing size, and large ones between them', async (t) => {
  const log = new PagedLog(4, 8);
  t.equal(log.stored, undefined);
  t.equal(log.isKept, false);
  log.keepIn(new SpoolPolicy({ dir: folder(t) }));
  let expected = '';
  for (let at = 0; at < 20; at++) {
    const length = (at % 5) + 1;
    add(log, 97 + at, length);
    expected += String.fromCharCode(97 + at).repeat(length);
    if (at === 10) {
      log.append(Buffer.from('large'));
      expected += 'large';
    }
    if (at % 7 === 0) t.equal(await bytesOf(log), expected, `after ${at}`);
  }
  t.equal(await bytesOf(log), expected);
  log.release();
});

t.test('a copy has the records so far, and the last release frees the file', async (t) => {
  const dir = folder(t);
  const policy = new SpoolPolicy({ dir, memoryPerBody: 2 });
  const log = new PagedLog(4, 4);
  log.keepIn(policy);
  add(log, 97, 3);
  const copy = log.clone();
  add(log, 98, 3);
  await log.drained();
  log.release();
  log.release();
  t.equal(await bytesOf(copy), 'aaa');
  copy.release();
  t.same(readdirSync(dir), []);
  t.equal(await bytesOf(new PagedLog(4, 4).clone()), '', 'an empty one');
});
