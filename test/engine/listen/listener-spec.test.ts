import t from 'tap';
import { listenerSpecs } from '../../../src/engine/listen/listener-spec.js';
import { ModeSpecError } from '../../../src/engine/listen/mode-spec.js';

t.test('each mode has its address', async (t) => {
  const cases: [mode: string[], listenPort: number | undefined, places: string[]][] = [
    [['regular'], undefined, ['127.0.0.1:8080']],
    [['regular', 'socks5'], undefined, ['127.0.0.1:8080', '127.0.0.1:1080']],
    [['socks5'], 9000, ['127.0.0.1:9000']],
    [['regular@1', 'regular@:2', 'reverse:h@[::1]:3'], 9000, ['127.0.0.1:1', ':2', '::1:3']],
    [['regular@0', 'regular@0'], undefined, ['127.0.0.1:0', '127.0.0.1:0']],
    [['regular', 'regular@127.0.0.2:8080'], undefined, ['127.0.0.1:8080', '127.0.0.2:8080']],
  ];
  for (const [mode, listenPort, places] of cases) {
    const specs = listenerSpecs({ mode, listenHost: '127.0.0.1', listenPort });
    t.strictSame(
      specs.map(({ host, port }) => `${host}:${port}`),
      places,
      mode.join(' '),
    );
  }
});

t.test('two modes at one address', async (t) => {
  const cases: [mode: string[], listenPort: number | undefined, message: string][] = [
    [
      ['regular', 'reverse:h'],
      undefined,
      'The modes "regular" and "reverse:h" cannot both listen at 127.0.0.1:8080. Choose a different port for one of them: reverse:h@PORT.',
    ],
    [
      ['regular', 'socks5'],
      9000,
      'The modes "regular" and "socks5" cannot both listen at 127.0.0.1:9000. Choose a different port for one of them: socks5@PORT.',
    ],
    [
      ['regular@:1', 'socks5@:1'],
      undefined,
      'The modes "regular@:1" and "socks5@:1" cannot both listen at *:1. Choose a different port for one of them: socks5@PORT.',
    ],
  ];
  for (const [mode, listenPort, message] of cases) {
    t.throws(
      () => listenerSpecs({ mode, listenHost: '127.0.0.1', listenPort }),
      new ModeSpecError(message),
      mode.join(' '),
    );
  }
});
