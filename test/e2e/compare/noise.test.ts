import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { exchange } from '../../addons/rewrite/flows.js';
import { runWarm } from '../../cli/warm.js';
import { toFormat } from '../../serialize/flows.js';
import { folder } from '../../support/folder.js';
import { Random } from '../../support/random.js';

const ENDPOINTS = 200;
/** Requests of each endpoint. */
const TIMES = 4;

/** How the body of an endpoint is noisy; numbers grow with each capture. */
type Noise = (random: Random, hex: (length: number) => string, number: number) => Record<string, unknown>;

const uuid = (hex: (length: number) => string): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
const time = (random: Random): string => new Date(1.7e12 + random.below(1e9)).toISOString();

const NOISES: readonly Noise[] = [
  (_, hex) => ({ id: uuid(hex) }),
  (random) => ({ items: [{ updated: time(random) }, { updated: time(random) }] }),
  (random) => ({ meta: { took_ms: random.below(1e6) } }),
  (_, hex) => ({ csrf: hex(32) }),
  (random) => ({
    tags: [...'abcdefgh']
      .map((tag) => [random.below(1e6), tag])
      .sort()
      .map(([, tag]) => tag),
  }),
  (random) => ({ score: random.below(1e9) / 1e9 + 1e-10 }),
  (_, hex) => ({ token: `req_${hex(24)}` }),
  (random) => ({ expires: Math.floor(1.7e9) + random.below(1e6) }),
  (_, __, number) => ({ 'next cursor': `page ${number}`, nested: { deep: [{ 'odd name': `row ${number * 7}` }] } }),
  (random, hex) => ({ trace: { span: `${hex(16)}a1`, uptime: random.below(1e6) } }),
];

/** The traffic of a run. @param flakes whether two endpoints answer differently now and then */
function traffic(seed: number, flakes: boolean): HttpFlow[] {
  const random = new Random(seed);
  const hex = (length: number) => Array.from({ length }, () => random.below(16).toString(16)).join('');
  const flows: HttpFlow[] = [];
  for (let round = 0; round < TIMES; round++) {
    for (let endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
      const noise = NOISES[endpoint % NOISES.length]!(random, hex, seed * 1e5 + flows.length);
      const isFlaky = flakes && round === 1;
      const stock = isFlaky && endpoint === 40 ? 3 : 7;
      const body = { name: `thing ${endpoint}`, stock, paid: !(isFlaky && endpoint === 41), ...noise };
      flows.push(
        exchange({
          url: `http://api.test/things${endpoint}/list?n=${round}`,
          responseBody: JSON.stringify(body),
          response: [
            ['Content-Type', 'application/json'],
            ['X-Request-Id', uuid(hex)],
            ['X-Runtime', `${random.below(1e6) / 1e7}`],
          ],
        }),
      );
    }
  }
  return flows;
}

t.test(`${ENDPOINTS} endpoints with noise`, async (t) => {
  const dir = folder(t);
  const capture = async (name: string, seed: number, flakes: boolean): Promise<string> => {
    const path = join(dir, name);
    writeFileSync(path, await toFormat('native', traffic(seed, flakes)));
    return path;
  };
  const [one, other, third] = [await capture('1', 1, false), await capture('2', 2, false), await capture('3', 3, true)];
  const rules = join(dir, 'rules.yaml');
  const diff = (path: string, ...args: string[]) => runWarm(['-nr', one, '--diff', path, ...args]);

  const learned = await diff(other, '--replay-learn', rules);
  t.equal(learned.code, 0, learned.stderr);
  t.equal(String(learned.stdout), '', 'all of it is noise');
  const after = await diff(other, '--ignore-file', rules);
  t.equal(String(after.stdout), `No differences in ${ENDPOINTS * TIMES} flows.\n`);
  t.equal(after.code, 0);
  t.ok(readFileSync(rules, 'utf8').split('\n').length < ENDPOINTS, 'rules are general');

  await t.test('real differences that come now and then are not learnt away', async (t) => {
    const file = join(dir, 'flaky.yaml');
    const found = await diff(third, '--replay-learn', file);
    t.equal(found.code, 0);
    t.match(String(found.stdout), /\$\.stock: 7 → 3 \(1 of 4\)/);
    t.match(String(found.stdout), /\$\.paid: true → false \(1 of 4\)/);
    t.notMatch(readFileSync(file, 'utf8'), /stock|paid/);
    const { code, stdout } = await diff(third, '--ignore-file', file);
    t.equal(code, 1);
    t.match(String(stdout), /2 of 800 flows differ\.\n$/);
  });
});
