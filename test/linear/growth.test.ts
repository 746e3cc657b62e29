import t from 'tap';
import { growthOf, repeated } from '../support/growth.js';

t.ok(
  (await growthOf(
    1000,
    repeated((text) => text.trim(), ' ', 'x', 'x'),
  )) < 24,
  'linear time is known',
);
// Two places for the same white space, before what does not come.
const quadratic = /^\s*\s*x/;
t.ok(
  (await growthOf(
    1000,
    repeated((text) => quadratic.test(text), ' '),
  )) > 24,
  'and so is quadratic time',
);
