import t from 'tap';
import {
  CommandGuard,
  jsonWithoutCommands,
  readsCommands,
  withoutCommands,
  xmlWithoutCommands,
} from '../../src/terminal/command-guard.js';

const B = '\u200b';
const RED = '\x1b[31m';
const OFF = '\x1b[39m';

const TEXTS: [text: string, broken: string][] = [
  ['', ''],
  ['a: b # c', 'a: b # c'],
  ['::set-output name=x::y', `:${B}:set-output name=x:${B}:y`],
  [':::::', `:${B}:${B}:${B}:${B}:`],
  ['##[command]rm', `##${B}[command]rm`],
  ['##vso[task.x]', `##${B}vso[task.x]`],
  ['##teamcity[x]', `##${B}teamcity[x]`],
  ['###[x]', `###${B}[x]`],
  ['## heading\n### more', '## heading\n### more'],
  [`:${RED}:x`, `:${RED}${B}:x`],
  [`${RED}:${OFF}${RED}:${OFF}`, `${RED}:${OFF}${RED}${B}:${OFF}`],
  [`#${RED}#${OFF}[x`, `#${RED}#${OFF}${B}[x`],
  [':\n:', ':\n:'],
  ['[::1]:8080', `[:${B}:1]:8080`],
];

t.test('a text', async (t) => {
  for (const [text, broken] of TEXTS) t.equal(withoutCommands(text), broken, JSON.stringify(text));
});

t.test('parts of an output, however it is cut', async (t) => {
  for (const [text, broken] of TEXTS) {
    for (let cut = 0; cut <= text.length; cut++) {
      // Our own colors are never cut.
      if (/\x1b[^m]*$/.test(text.slice(0, cut))) continue;
      const guard = new CommandGuard();
      t.equal(
        guard.pass(text.slice(0, cut)) + guard.pass(text.slice(cut)),
        broken,
        `${JSON.stringify(text)} at ${cut}`,
      );
    }
    if (text.includes('\x1b')) continue;
    const guard = new CommandGuard();
    t.equal([...text].map((character) => guard.pass(character)).join(''), broken, 'character by character');
  }
});

t.test('JSON and XML keep their meaning', async (t) => {
  for (const [text] of TEXTS) {
    const json = jsonWithoutCommands(JSON.stringify({ [text]: text }));
    t.notMatch(json, /::|##[[a-z]/i);
    t.strictSame(JSON.parse(json), { [text]: text });
    t.notMatch(xmlWithoutCommands(text), /::|##[[a-z]/i);
  }
  t.equal(xmlWithoutCommands('<a b="::">##[</a>'), '<a b="&#58;:">&#35;#[</a>');
});

t.test('programs that read workflow commands', async (t) => {
  t.equal(readsCommands({}), false);
  t.equal(readsCommands({ GITHUB_ACTIONS: '', CI: 'true' }), false);
  for (const name of ['GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION']) t.equal(readsCommands({ [name]: '1' }), true);
});
