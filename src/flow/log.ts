import type { ClientConnection } from './connection.js';

/** Ordered from the most to the least severe. */
export const LOG_LEVELS = ['error', 'warn', 'alert', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The logger that the engine and addons write to. */
export interface Log {
  /** @param client the connection that the message is about */
  error(message: string, client?: ClientConnection): void;
  warn(message: string, client?: ClientConnection): void;
  info(message: string, client?: ClientConnection): void;
  alert(message: string, client?: ClientConnection): void;
  debug(message: string, client?: ClientConnection): void;
}
