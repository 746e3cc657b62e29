import type { Flow } from '../../../flow/flow.js';

/** The value of a cell; undefined leaves it empty. */
export type Cell = string | number | boolean | undefined;

/** A column of a table. */
export interface Column {
  /** As the user wrote it; also the title. */
  readonly name: string;
  /** @returns a promise if it has to read a body @throws Error (also as a rejection) if a body cannot be read */
  value(flow: Flow): Cell | Promise<Cell>;
}

/** A text that is not the name of a column. `message` has no full stop. */
export class ColumnError extends Error {
  override name = 'ColumnError';
  readonly code = 'columns.name';

  /** @param offset of the error in the list, in UTF-16 units from 0 */
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}
