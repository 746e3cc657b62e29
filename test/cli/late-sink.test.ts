import t from 'tap';
import { LateSink } from '../../src/cli/late-sink.js';
import type { Sink } from '../../src/serialize/sinks.js';

function memorySink(): Sink & { text: string; closed: boolean } {
  return {
    name: 'memory',
    text: '',
    closed: false,
    write(chunks, done) {
      this.text += Buffer.concat([...chunks]);
      done();
    },
    async close() {
      this.closed = true;
    },
  };
}

t.test('what is written before it is open waits', async (t) => {
  const memory = memorySink();
  const sink = new LateSink('spec', async () => memory);
  let done = 0;
  sink.write([Buffer.from('a'), Buffer.from('b')], () => done++);
  t.equal(done, 0);
  t.equal(memory.text, '');
  await sink.open();
  t.equal(done, 1);
  sink.write([Buffer.from('c')], () => done++);
  t.equal(memory.text, 'abc');
  t.equal(done, 2);
  t.equal(sink.name, 'memory');
  await sink.close();
  t.equal(memory.closed, true);
});

t.test('one that was never opened closes', async (t) => {
  const sink = new LateSink('spec', () => Promise.reject(new Error('no')));
  await t.rejects(sink.open(), { message: 'no' });
  await sink.close();
  t.equal(sink.name, 'spec');
});
