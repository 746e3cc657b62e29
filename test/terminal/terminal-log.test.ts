import t from 'tap';
import { ClientConnection } from '../../src/flow/connection.js';
import type { LogLevel } from '../../src/flow/log.js';
import { loadStyles } from '../../src/terminal/styles.js';
import { TerminalLog, type TerminalLogOptions } from '../../src/terminal/terminal-log.js';
import { textSink } from './sample-flows.js';

const NOON = new Date(2024, 0, 2, 12, 3, 4, 56);

function terminalLog(options: Partial<TerminalLogOptions> = {}): { log: TerminalLog; text: () => Promise<string> } {
  const { out, text } = textSink();
  return { log: new TerminalLog({ out, verbosity: 'debug', now: () => NOON, ...options }), text };
}

function client(host: string): ClientConnection {
  const connection = new ClientConnection();
  connection.peer = [host, 5];
  return connection;
}

t.test('lines', async (t) => {
  const table: [message: string, from: ClientConnection | undefined, text: string][] = [
    ['listening', undefined, '[12:03:04.056] listening\n'],
    ['client connect', client('1.2.3.4'), '[12:03:04.056][1.2.3.4:5] client connect\n'],
    ['client connect', client('::1'), '[12:03:04.056][[::1]:5] client connect\n'],
    ['client connect', client('::ffff:1.2.3.4'), '[12:03:04.056][1.2.3.4:5] client connect\n'],
    ['client connect', new ClientConnection(), '[12:03:04.056][<no address>] client connect\n'],
    ['one\r\n  two\n\nthree\n', undefined, '[12:03:04.056] one\n      two\n    \n    three\n'],
    ['bad \x1b[2Jhost\x9b\rname', undefined, '[12:03:04.056] bad \\x1b[2Jhost\\x9b\\rname\n'],
    ['', undefined, '[12:03:04.056] \n'],
  ];
  for (const [message, from, expected] of table) {
    const { log, text } = terminalLog();
    log.info(message, from);
    t.equal(await text(), expected, JSON.stringify(message));
  }
});

t.test('without time stamps', async (t) => {
  const { log, text } = terminalLog({ timestamps: false });
  log.error('one\ntwo');
  log.info('from', client('::1'));
  t.equal(await text(), 'tsdump: one\n    two\ntsdump:[[::1]:5] from\n');
});

t.test('verbosity', async (t) => {
  const table: [verbosity: LogLevel, shown: string[]][] = [
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['alert', ['error', 'warn', 'alert']],
    ['info', ['error', 'warn', 'alert', 'info']],
    ['debug', ['error', 'warn', 'alert', 'info', 'debug']],
  ];
  for (const [verbosity, shown] of table) {
    const { log, text } = terminalLog({ verbosity });
    for (const level of ['error', 'warn', 'alert', 'info', 'debug'] as const) log[level](level);
    t.equal(await text(), shown.map((level) => `[12:03:04.056] ${level}\n`).join(''), verbosity);
    t.same(log.counts, { error: 1, warn: 1 }, 'counted, shown or not');
  }
});

t.test('colours', async (t) => {
  const { log, text } = terminalLog({ styles: await loadStyles(true) });
  const time = '\x1b[2m[12:03:04.056]\x1b[22m';
  log.error('e');
  log.warn('w');
  log.alert('a\nb');
  log.info('i', client('::1'));
  log.debug('d');
  t.equal(
    await text(),
    [
      `${time} \x1b[31me\x1b[39m\n`,
      `${time} \x1b[33mw\x1b[39m\n`,
      `${time} \x1b[35ma\x1b[39m\n    \x1b[35mb\x1b[39m\n`,
      `${time}\x1b[2m[[::1]:5]\x1b[22m i\n`,
      `${time} d\n`,
    ].join(''),
  );
});

t.test('the time is that of the message', async (t) => {
  const { log, text } = terminalLog({ now: undefined });
  log.info('now');
  t.match(await text(), /^\[\d\d:\d\d:\d\d\.\d\d\d\] now\n$/);
});
