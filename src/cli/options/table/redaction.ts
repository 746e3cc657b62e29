import { many, one, optional } from '../definition.js';
import { bool, choice, positiveSize, redactionKey, str } from '../types/types.js';

/** Redaction of secrets in all output. */
export const redactionOptions = {
  redact: one(bool, false, {
    help:
      'Replace secrets by placeholders in everything that is saved, printed and reported: credentials, cookies, passwords, tokens and ' +
      'keys. Forwarded data is not changed.',
    flag: true,
  }),
  redact_rule: many(str, [], {
    help:
      'Redact this as well; turns redact on. A JSON path begins with $; a regex has a group, which is the secret; any other ' +
      'text is a name of a header, cookie, parameter or field.',
    flag: true,
    metavar: 'RULE',
  }),
  redact_key: optional(redactionKey, {
    help:
      'Key of the placeholders, of 16 bytes or more: with the same key, the same secret has the same placeholder. By default ' +
      'each run has its own. It can be set only in the config file and the environment.',
    confidential: true,
  }),
  redact_limit: one(positiveSize, 1024 ** 3, {
    help: 'Search at most this many bytes of a decoded body. A longer one cannot be searched.',
  }),
  redact_unsearchable: one(choice(['drop', 'keep']), 'drop', {
    help: 'What happens to bodies that cannot be searched, because they are too long or cannot be decoded: drop leaves them out.',
  }),
  redact_binary: one(choice(['keep', 'drop']), 'keep', {
    help: 'What happens to binary bodies such as images, in which only keys and tokens of known forms can be found.',
  }),
  redact_jwt: one(choice(['hidden', 'readable']), 'hidden', {
    help: 'Whether the algorithm and the times of a JSON Web Token stay readable.',
  }),
  dry_run: one(bool, false, {
    help: 'With -n and redact: list what would be redacted, by place and count, and write nothing.',
    flag: true,
  }),
};
