import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openTerminal, usesColor } from '../../src/terminal/terminal.js';

t.test('colors', async (t) => {
  type When = Parameters<typeof usesColor>[0];
  const table: [color: When, environment: NodeJS.ProcessEnv, inTerminal: boolean, inPipe: boolean][] = [
    ['auto', {}, true, false],
    ['always', { NO_COLOR: '1', FORCE_COLOR: '0', TERM: 'dumb' }, true, true],
    ['never', { FORCE_COLOR: '1', CLICOLOR_FORCE: '1' }, false, false],
    ['auto', { TERM: 'dumb' }, false, false],
    ['auto', { NO_COLOR: '1' }, false, false],
    ['auto', { NO_COLOR: '' }, true, false],
    ['auto', { FORCE_COLOR: '1' }, true, true],
    ['auto', { FORCE_COLOR: '3', TERM: 'dumb' }, true, true],
    ['auto', { FORCE_COLOR: '' }, true, false],
    ['auto', { FORCE_COLOR: '0' }, false, false],
    ['auto', { FORCE_COLOR: 'false' }, false, false],
    ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    ['auto', { CLICOLOR_FORCE: '1' }, true, true],
    ['auto', { CLICOLOR_FORCE: '0' }, true, false],
    ['auto', { CLICOLOR_FORCE: '1', NO_COLOR: '1' }, false, false],
    ['auto', { CLICOLOR: '0' }, false, false],
    ['auto', { CLICOLOR: '1' }, true, false],
  ];
  for (const [color, environment, inTerminal, inPipe] of table) {
    const shown = [usesColor(color, true, environment), usesColor(color, false, environment)];
    t.same(shown, [inTerminal, inPipe], `${color} ${JSON.stringify(environment)}`);
  }
});

t.test('the null device discards its lines, and nothing else does', async (t) => {
  const discards = async (path: string): Promise<boolean> => {
    const fd = openSync(path, 'w');
    const stream = createWriteStream('', { fd });
    const terminal = await openTerminal(
      Object.assign(stream, { fd }) as unknown as Parameters<typeof openTerminal>[0],
      'never',
    );
    stream.end();
    await once(stream, 'close');
    return terminal.discards;
  };
  t.equal(await discards(devNull), true);
  t.equal(await discards(join(t.testdir(), 'lines.txt')), false);
});
