import t from 'tap';
import { guardHook, HookTimeoutError } from '../../../../src/addons/scripts/guard/guard-hook.js';

const call = (hook: (argument: never) => unknown, seconds = 0, target?: object) =>
  guardHook(hook, target, seconds)(1 as never);

t.test('only promises are waited for', async (t) => {
  for (const value of [undefined, null, 0, 'text', {}, [], () => {}])
    t.equal(
      call(() => value),
      undefined,
    );
  const pending = call(async () => {});
  t.ok(pending instanceof Promise);
  await pending;
  class Thenable {
    seen = false;
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    then(done: () => void): void {
      this.seen = true;
      done();
    }
  }
  const thenable = new Thenable();
  await call(() => thenable);
  t.ok(thenable.seen, 'what has a then is waited for');
});

t.test('this and the argument', async (t) => {
  const target = { got: [] as unknown[] };
  void call(
    function (this: unknown, argument: unknown) {
      target.got.push(this, argument);
    },
    0,
    target,
  );
  t.equal(target.got[0], target);
  t.equal(target.got[1], 1);
});

t.test('errors pass through', async (t) => {
  t.throws(
    () =>
      call(() => {
        throw new Error('now');
      }),
    { message: 'now' },
  );
  for (const seconds of [0, 60])
    await t.rejects(
      call(async () => {
        throw new Error('later');
      }, seconds)!,
      { message: 'later' },
    );
});

t.test('a limit', async (t) => {
  await call(async () => {}, 60);
  let reject!: (error: Error) => void;
  const late = new Promise((_, fail) => {
    reject = fail;
  });
  await t.rejects(call(() => late, 0.001)!, HookTimeoutError);
  // It is not reported, and does not end the process.
  reject(new Error('too late'));
});
