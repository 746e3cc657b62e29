import t from 'tap';
import { ModeSpecError, parseModeSpec } from '../../src/engine/mode-spec.js';

t.test('specs', async (t) => {
  const cases: [text: string, host: string | undefined, port: number | undefined][] = [
    ['regular', undefined, undefined],
    ['Regular', undefined, undefined],
    ['regular@8081', undefined, 8081],
    ['regular@0', undefined, 0],
    ['regular@65535', undefined, 65535],
    ['regular@127.0.0.1:8081', '127.0.0.1', 8081],
    ['regular@localhost:0', 'localhost', 0],
    ['regular@[::1]:8081', '::1', 8081],
  ];
  for (const [text, listenHost, listenPort] of cases) {
    t.match(parseModeSpec(text), { text, mode: 'regular', listenHost, listenPort }, text);
  }
});

t.test('what is none, and why', async (t) => {
  const cases: [text: string, part: string][] = [
    ['', '""'],
    ['regulr', '"regulr"'],
    ['regulr@80', '"regulr"'],
    ['regular ', '"regular "'],
    ['regular@', '""'],
    ['regular@x', '"x"'],
    ['regular@65536', '"65536"'],
    ['regular@-1', '"-1"'],
    ['regular@1.5', '"1.5"'],
    ['regular@host', '"host"'],
    ['regular@host:', '"host:"'],
    ['regular@::1', '"::1"'],
    ['regular@::1:80:', '"::1:80:"'],
    ['regular@a@80', '"regular@a"'],
    ['regular:80', '"regular:80"'],
  ];
  for (const [text, part] of cases) {
    try {
      parseModeSpec(text);
      t.fail(`${text} was taken`);
    } catch (error) {
      t.ok(error instanceof ModeSpecError, text);
      t.match((error as Error).message, part, text);
    }
  }
});
