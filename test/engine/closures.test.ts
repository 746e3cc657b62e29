import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const ENGINE = fileURLToPath(new URL('../../../src/engine', import.meta.url));

/** `target.property = () => …`, also with `async`, a type, `function` or `??=`. */
const ASSIGNED = /[\w\])!]\.\w+ (?:\?\?)?=\s+(?:async )?(?:function\b|\w+ =>|\([^()]*\)(?:: [^=;]+)? =>)/g;

/**
 * V8 allocates a function that is written as the value of an assignment to a property in the old generation, because most of them
 * are methods. It retains what it refers to until the next major collection: of a connection that has ended, everything. A function
 * with a name of its own (`const close = () => …; target.onEnd = close`) is allocated like other objects.
 */
t.test('no function is written as the value of an assignment to a property', async (t) => {
  const found: string[] = [];
  for (const file of readdirSync(ENGINE, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(ENGINE, file), 'utf8');
    for (const { index, 0: code } of text.matchAll(ASSIGNED)) {
      found.push(`${file}:${text.slice(0, index).split('\n').length}: ${code}`);
    }
  }
  t.strictSame(found, []);
});

t.test('the check finds such assignments', async (t) => {
  for (const code of [
    'a.onEnd = () => end();',
    'a.b.c = async (x: number): Promise<void> => {',
    'a!.d ??= (x) => x;',
  ]) {
    t.match(code, new RegExp(ASSIGNED.source), code);
  }
  for (const code of ['const end = () => 1;', 'a.end = end;', 'a.f = g(() => 1);', 'if (a.b === c) d(() => 1);']) {
    t.notMatch(code, new RegExp(ASSIGNED.source), code);
  }
});
