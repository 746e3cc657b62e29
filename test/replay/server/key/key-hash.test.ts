import t from 'tap';
import { KEY_SIZE, KeyHash } from '../../../../src/replay/server/key/key-hash.js';

function digest(...parts: (string | number)[]): string {
  const hash = new KeyHash();
  for (const part of parts) {
    if (typeof part === 'number') hash.word(part);
    else hash.text(part);
  }
  return hash.digest();
}

t.test('equal input has an equal hash', async (t) => {
  t.equal(digest(1, 'host', 'api.test'), digest(1, 'host', 'api.test'));
  t.equal(digest('a'.repeat(100_000)), digest('a'.repeat(100_000)));
  t.equal(digest().length, KEY_SIZE);
});

t.test('different input has a different hash', async (t) => {
  const long = 'x'.repeat(10_000);
  const inputs: (string | number)[][] = [
    [],
    [1],
    [1, 1],
    [''],
    ['', ''],
    ['a', 'b'],
    ['ab', ''],
    ['', 'ab'],
    ['b', 'a'],
    ['A', 'b'],
    [1, 'a', 'b'],
    ['ä'],
    ['\u{1F600}'],
    ['\u{1F601}'],
    [long],
    [`${long}y`],
    [`y${long}`],
    [long, ''],
  ];
  const hashes = new Set(inputs.map((parts) => digest(...parts)));
  t.equal(hashes.size, inputs.length);
});

t.test('keys of many similar requests differ in each quarter', async (t) => {
  const count = 20_000;
  const hashes = Array.from({ length: count }, (_, number) =>
    digest('GET', 'http', `/items/${number}`, `${number % 7}`),
  );
  t.equal(new Set(hashes).size, count);
  for (let quarter = 0; quarter < 4; quarter++) {
    // Of 20,000 random numbers of 32 bits, 0.05 pairs are equal on average.
    const different = new Set(hashes.map((hash) => hash.slice(quarter * 2, quarter * 2 + 2))).size;
    t.ok(different > count - 5, `${different} in quarter ${quarter}`);
    // Also in the bits that choose a slot of the index: 20,000 of 65,536, of which 17,240 differ on average.
    const slots = new Set(hashes.map((hash) => hash.charCodeAt(quarter * 2))).size;
    t.ok(slots > 17_000 && slots < 17_500, `${slots} slots in quarter ${quarter}`);
  }
});
