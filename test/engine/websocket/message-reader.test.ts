import t from 'tap';
import { Utf8Checker } from '../../../src/engine/websocket/message-reader.js';

/** How many bytes are taken, one at a time, before text is found to be wrong; `open` if it is not complete. */
function check(bytes: Buffer): number | 'valid' | 'open' {
  const checker = new Utf8Checker();
  for (let at = 0; at < bytes.length; at++) if (!checker.push(bytes.subarray(at, at + 1))) return at;
  return checker.end() ? 'valid' : 'open';
}

const CASES: readonly (readonly [hex: string, found: number | 'valid' | 'open'])[] = [
  ['', 'valid'],
  ['00417f', 'valid'],
  ['c3a4e282acf09f9880', 'valid'],
  ['ed9fbf', 'valid'],
  ['ee8080', 'valid'],
  ['f48fbfbf', 'valid'],
  ['c3', 'open'],
  ['e282', 'open'],
  ['f09f98', 'open'],
  ['80', 0],
  ['41bf', 1],
  ['c080', 0],
  ['c1bf', 0],
  ['e08080', 1],
  ['e09fbf', 1],
  ['eda080', 1],
  ['edbfbf', 1],
  ['f0808080', 1],
  ['f08fbfbf', 1],
  ['f4908080', 1],
  ['f5808080', 0],
  ['ff', 0],
  ['c341', 1],
  ['e28241', 2],
  ['f09f9841', 3],
  ['cebae1bdb9cf83cebcceb5eda080656469746564', 12],
];

t.test('invalid UTF-8 is found at its first invalid byte', async (t) => {
  for (const [hex, found] of CASES) t.equal(check(Buffer.from(hex, 'hex')), found, hex);
});

t.test('the result does not depend on how the text is split', async (t) => {
  for (const [hex, found] of CASES) {
    const bytes = Buffer.from(hex, 'hex');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const checker = new Utf8Checker();
      const holds = checker.push(bytes.subarray(0, cut)) && checker.push(bytes.subarray(cut));
      t.equal(holds && checker.end(), found === 'valid', `${hex} cut at ${cut}`);
    }
  }
});
