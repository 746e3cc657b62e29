import t from 'tap';
import { Ending } from '../../../src/cli/process/ending.js';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';

const ending = new Ending();
t.equal(ending.code, ExitCode.done);
t.equal(ending.isAsked, false);
ending.note(ExitCode.input);
t.equal(ending.isAsked, false, 'what is noted does not end it');
ending.ask();
t.equal(ending.isAsked, true);
t.equal(ending.code, ExitCode.input, 'an end in order does not hide what was noted');
ending.ask(ExitCode.output);
t.equal(ending.code, ExitCode.output, 'the worst code counts');
ending.ask(ExitCode.input);
t.equal(ending.code, ExitCode.output, 'and stays');
t.resolves(ending.asked);

const hurried = new Ending();
hurried.hurry();
t.equal(hurried.isAsked, true, 'in a hurry it is to end, too');
t.resolves(Promise.all([hurried.asked, hurried.hurried]));
