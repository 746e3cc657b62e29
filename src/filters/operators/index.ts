import { ADDRESS_OPERATORS, BARE_REGEX } from './address.js';
import { BODY_OPERATORS, SECRET_OPERATORS } from './body.js';
import { HEADER_OPERATORS } from './header.js';
import { KIND_OPERATORS } from './kind.js';
import { MARK_OPERATORS } from './mark.js';
import { MEASURE_OPERATORS } from './measure.js';
import type { Operator } from './operator.js';
import { STATUS_OPERATORS } from './status.js';

export { BARE_REGEX };

/** All operators by name. The parser, the help and `docs/filters.md` follow this table. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  [
    ...KIND_OPERATORS,
    ...ADDRESS_OPERATORS,
    ...STATUS_OPERATORS,
    ...HEADER_OPERATORS,
    ...BODY_OPERATORS,
    ...SECRET_OPERATORS,
    ...MEASURE_OPERATORS,
    ...MARK_OPERATORS,
  ].map((operator) => [operator.name, operator]),
);
