import { many, one, optional } from '../../definition.js';
import { factor, percentage } from '../../types/comparison-types.js';
import { bool, choice, path, str } from '../../types/types.js';

/** Comparing responses: a replay with its recording, or two captures. */
export const compareOptions = {
  diff: many(str, [], {
    help:
      'Compare the responses of -r with those of this capture, and exit with code 1 if they differ. Needs -n. May be given ' +
      'several times; patterns are allowed.',
    flag: true,
    metavar: 'FILE',
  }),
  replay_compare: one(bool, false, {
    help: 'Compare the responses to replayed requests with those recorded, and exit with code 1 if they differ.',
    flag: true,
  }),
  ignore: many(str, [], {
    help:
      'Ignore these differences: header:NAME, cookie:NAME, param:NAME, a path such as $.id, /REGEX/, order:PATH, body, or a shape: ' +
      "type:uuid, timestamp, jwt, number or any, with or without a place. 'FILTER : RULE' holds for some flows. May be given " +
      'several times.',
    flag: true,
    metavar: 'RULE',
  }),
  ignore_file: many(path, [], {
    help: 'A YAML file with a list of such rules. May be given several times.',
    flag: true,
    metavar: 'FILE',
  }),
  fail_on_diff: many(choice(['status', 'headers', 'body', 'slower', 'none'], 'KIND'), [], {
    help:
      'The differences that make the exit code 1: status, headers, body, slower or none; all by default. May be given several ' +
      'times.',
    flag: true,
  }),
  replay_slower: optional(factor, {
    help: 'Responses that took this many times as long as recorded are a difference: 2x. Under 50 ms nothing counts as slow.',
    flag: true,
  }),
  replay_size_tolerance: optional(percentage, {
    help: 'Decoded bodies whose sizes differ by more than this share are a difference, also if rules ignore their content: 10%.',
    flag: true,
  }),
  replay_learn: optional(path, {
    help:
      'Learn what differs without a change of the server, and write it as rules to this file: replays twice, or compares two ' +
      'captures (--diff). Then give the file to --ignore-file.',
    flag: true,
    metavar: 'FILE',
  }),
};
