import type { ClientConnection } from './connection.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'alert' | 'debug';

/** Where the program says what it does. The engine and addons only know this. */
export interface Log {
  /** @param client the connection that it is about */
  error(message: string, client?: ClientConnection): void;
  warn(message: string, client?: ClientConnection): void;
  info(message: string, client?: ClientConnection): void;
  alert(message: string, client?: ClientConnection): void;
  debug(message: string, client?: ClientConnection): void;
}
