import { many, one } from '../../definition.js';
import { bool, str } from '../../types/types.js';

/** Values from earlier responses in the requests of a capture. */
export const sessionOptions = {
  replay_session: one(bool, false, {
    help: 'With --client-replay: if a request uses a value of an earlier response (a cookie, token, id, cursor, …), send the value at the same place in the new response.',
    flag: true,
  }),
  replay_extract: many(str, [], {
    help: "A value for --replay-session that cannot be guessed: where a response has it, and where requests use it, such as 'header:X-Token -> header:Authorization' or '$.next -> param:after'. May be given several times; implies --replay-session.",
    flag: true,
    metavar: 'RULE',
  }),
};
