import t from 'tap';
import { locationOfError, locationText, scriptStack } from '../../../src/addons/scripts/source-location.js';

const FILES = ['/a/addon.ts', '/a/b (1)/x.ts', '/a/with space.mjs'];

/** Frames, and the place of the innermost of a script. */
const STACKS: [frames: string[], place: string | undefined][] = [
  [['at request (/a/addon.ts:1:2)'], '/a/addon.ts:1:2'],
  [['at /a/addon.ts:3:4'], '/a/addon.ts:3:4'],
  [['at async /a/addon.ts:3:4'], '/a/addon.ts:3:4'],
  [['at async Promise.all (index 0)', 'at async request (/a/addon.ts:5:6)'], '/a/addon.ts:5:6'],
  [['at file:///a/addon.ts?tsdump=3:7:8'], '/a/addon.ts:7:8'],
  [['at file:///a/with%20space.mjs:7:8'], '/a/with space.mjs:7:8'],
  [['at f (/a/b (1)/x.ts:9:10)'], '/a/b (1)/x.ts:9:10'],
  [
    ['at parse (node:internal/x:1:1)', 'at f (/a/node_modules/p/i.js:2:2)', 'at g (/a/addon.ts:1:1)'],
    '/a/addon.ts:1:1',
  ],
  [['at JSON.parse (<anonymous>)', 'at g (/a/other.ts:1:1)'], undefined],
  [[], undefined],
];

for (const [frames, place] of STACKS) {
  const error = new Error('message with\n    at nothing (/a/addon.ts)');
  error.stack = [`Error: ${error.message}`, ...frames.map((frame) => `    ${frame}`)].join('\n');
  const found = locationOfError(error, FILES);
  t.equal(found && locationText(found), place, frames.join(' | '));
}

const error = new Error('x');
const own = new URL('../../../src/', import.meta.url).href;
error.stack = `Error: x\n    at a (node:fs:1:1)\n    at o (${own}flow/y.js:1:1)\n    at b (/a/addon.ts:1:1)\n    at c (${own}x.js:1:1)`;
t.equal(scriptStack(error, FILES), '    at a (node:fs:1:1)\n    at b (/a/addon.ts:1:1)', 'ends with the script');
for (const thrown of ['text', undefined, null, 5, {}]) t.equal(locationOfError(thrown, FILES), undefined);
