import t from 'tap';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';
import { Shutdown } from '../../../src/cli/process/shutdown.js';

const shutdown = new Shutdown();
t.equal(shutdown.code, ExitCode.done);
t.equal(shutdown.isRequested, false);
shutdown.note(ExitCode.input);
t.equal(shutdown.isRequested, false, 'what is noted does not end it');
shutdown.request();
t.equal(shutdown.isRequested, true);
t.equal(shutdown.code, ExitCode.input, 'an end in order does not hide what was noted');
shutdown.request(ExitCode.output);
t.equal(shutdown.code, ExitCode.output, 'the worst code counts');
shutdown.request(ExitCode.input);
t.equal(shutdown.code, ExitCode.output, 'and stays');
t.resolves(shutdown.requested);

const forced = new Shutdown();
forced.force();
t.equal(forced.isRequested, true, 'in a hurry it is to end, too');
t.resolves(Promise.all([forced.requested, forced.forced]));
