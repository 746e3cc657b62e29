import t from 'tap';
import { CaptureMatcher, type CaptureSide } from '../../../src/compare/match/capture-matcher.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { request } from '../../flow/message/messages.js';
import { comparedFlow } from '../compared-flows.js';

/** `METHOD HOST PATH [BODY]`, and a number that tells flows apart. */
function flowOf(text: string, number: number): HttpFlow {
  const [method, host, path, body = ''] = text.split(' ') as [string, string, string, string?];
  const flow = comparedFlow({});
  const made = request(path, `Host: ${host}\r\n`, body, { method, host });
  const copy = Object.assign(Object.create(Object.getPrototypeOf(flow)), flow, { request: made }) as HttpFlow;
  copy.comment = `${text} #${number}`;
  return copy;
}

class Capture implements CaptureSide<number> {
  readAgainCount = 0;

  constructor(private readonly texts: readonly string[]) {}

  get flows(): AsyncIterable<{ flow: HttpFlow; place: number }[]> {
    return this.read();
  }

  async readAgain(place: number): Promise<HttpFlow> {
    this.readAgainCount++;
    return flowOf(this.texts[place]!, place);
  }

  private async *read() {
    for (let at = 0; at < this.texts.length; at += 3) {
      yield this.texts.slice(at, at + 3).map((text, index) => ({ flow: flowOf(text, at + index), place: at + index }));
    }
  }
}

async function match(recorded: readonly string[], replayed: readonly string[]) {
  const sides = [new Capture(recorded), new Capture(replayed)] as const;
  const pairs: string[] = [];
  const singles: string[] = [];
  await new CaptureMatcher(sides, {
    onPair: (one, other) => void pairs.push(`${one.comment} = ${other.comment}`),
    onSingle: ({ comment }, side) => void singles.push(`${side} ${comment}`),
  }).run();
  return { pairs, singles, readAgain: sides[0].readAgainCount + sides[1].readAgainCount };
}

const CASES: [name: string, was: string[], now: string[], pairs: string[], singles: string[]][] = [
  ['nothing', [], [], [], []],
  [
    'same order',
    ['GET a /1', 'GET a /2'],
    ['GET a /1', 'GET a /2'],
    ['GET a /1 #0 = GET a /1 #0', 'GET a /2 #1 = GET a /2 #1'],
    [],
  ],
  [
    'other order',
    ['GET a /1', 'GET a /2'],
    ['GET a /2', 'GET a /1'],
    ['GET a /1 #0 = GET a /1 #1', 'GET a /2 #1 = GET a /2 #0'],
    [],
  ],
  [
    'repeated',
    ['GET a /', 'GET a /'],
    ['GET a /', 'GET a /', 'GET a /'],
    ['GET a / #0 = GET a / #0', 'GET a / #1 = GET a / #1'],
    ['replayed GET a / #2'],
  ],
  ['methods', ['GET a /'], ['POST a /'], [], ['recorded GET a / #0', 'replayed POST a / #0']],
  [
    'bodies',
    ['POST a / x', 'POST a / y'],
    ['POST a / y', 'POST a / x'],
    ['POST a / x #0 = POST a / x #1', 'POST a / y #1 = POST a / y #0'],
    [],
  ],
  [
    'another body',
    ['POST a / x', 'POST a / y'],
    ['POST a / y', 'POST a / z'],
    ['POST a / y #1 = POST a / y #0', 'POST a / x #0 = POST a / z #1'],
    [],
  ],
  ['hosts', ['GET a /', 'GET b /'], ['GET b /', 'GET a /'], ['GET b / #1 = GET b / #0', 'GET a / #0 = GET a / #1'], []],
  [
    'another host',
    ['GET a /', 'GET a /x'],
    ['GET b /x', 'GET b /'],
    ['GET a / #0 = GET b / #1', 'GET a /x #1 = GET b /x #0'],
    [],
  ],
  [
    'a host of both sides',
    ['GET a /', 'GET a /x', 'GET b /'],
    ['GET a /', 'GET b /x', 'GET b /'],
    ['GET a / #0 = GET a / #0', 'GET b / #2 = GET b / #2'],
    ['recorded GET a /x #1', 'replayed GET b /x #1'],
  ],
  ['values of parameters', ['GET a /?t=1&b=2'], ['GET a /?b=2&t=9'], ['GET a /?t=1&b=2 #0 = GET a /?b=2&t=9 #0'], []],
  ['names of parameters', ['GET a /?t=1'], ['GET a /?u=1'], [], ['recorded GET a /?t=1 #0', 'replayed GET a /?u=1 #0']],
  [
    'ids in paths',
    ['GET a /o/17', 'GET a /o/18/x'],
    ['GET a /o/99/x', 'GET a /o/98'],
    ['GET a /o/17 #0 = GET a /o/98 #1', 'GET a /o/18/x #1 = GET a /o/99/x #0'],
    [],
  ],
  ['one is empty', ['GET a /'], [], [], ['recorded GET a / #0']],
];
for (const [name, was, now, pairs, singles] of CASES) {
  t.test(name, async (t) => {
    const found = await match(was, now);
    t.same(found.pairs.sort(), pairs.toSorted());
    t.same(found.singles, singles);
  });
}

const MANY = Array.from({ length: 5000 }, (_, at) => `GET a /${at}`);

t.test('flows in about the same order are read once', async (t) => {
  const shuffled = MANY.map((_, at) => MANY[at % 2 === 0 ? Math.min(at + 1, MANY.length - 1) : at - 1]!);
  const found = await match(MANY, shuffled);
  t.equal(found.pairs.length, 5000);
  t.equal(found.readAgain, 0);
});

t.test('flows in any order are matched', async (t) => {
  const found = await match(MANY, MANY.toReversed());
  t.equal(found.pairs.length, 5000);
  t.same(found.singles, []);
});

t.test('equal requests are matched in order, however far apart', async (t) => {
  const was = ['GET a /same', ...MANY, 'GET a /same'];
  const now = [...MANY, 'GET a /same', 'GET a /same'];
  const { pairs } = await match(was, now);
  t.ok(pairs.includes('GET a /same #0 = GET a /same #5000'));
  t.ok(pairs.includes('GET a /same #5001 = GET a /same #5001'));
});

t.test('other hosts are matched while they are in memory', async (t) => {
  const found = await match(
    MANY,
    MANY.map((text) => text.replace(' a ', ' b ')),
  );
  t.equal(found.pairs.length, 5000);
  t.ok(found.readAgain < 2000, `${found.readAgain}`);
});
