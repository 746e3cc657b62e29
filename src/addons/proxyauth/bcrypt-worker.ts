import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { BcryptAnswer, BcryptQuestion } from './bcrypt.js';

/** The thread behind `Bcrypt`. */
parentPort!.on('message', ({ id, password, hash }: BcryptQuestion) => {
  parentPort!.postMessage({ id, matches: compareSync(password, hash) } satisfies BcryptAnswer);
});
