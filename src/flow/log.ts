import type { ClientConnection } from './connection.js';

/** Most important first. */
export const LOG_LEVELS = ['error', 'warn', 'alert', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the program says what it does. The engine and addons only know this. */
export interface Log {
  /** @param client the connection that it is about */
  error(message: string, client?: ClientConnection): void;
  warn(message: string, client?: ClientConnection): void;
  info(message: string, client?: ClientConnection): void;
  alert(message: string, client?: ClientConnection): void;
  debug(message: string, client?: ClientConnection): void;
}
