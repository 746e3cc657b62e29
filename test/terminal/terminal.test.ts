import t from 'tap';
import { usesColor } from '../../src/terminal/terminal.js';

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
