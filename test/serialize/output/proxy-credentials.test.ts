import t from 'tap';
import { OUTPUT_FORMATS, type OutputFormatName } from '../../../src/serialize/formats.js';
import { httpFlow } from '../../terminal/sample-flows.js';
import { toFormat } from '../flows.js';

t.test('no format records the credentials of a proxy that a script has set', async (t) => {
  const flow = httpFlow({ method: 'GET' }, {});
  const credentials = { username: 'user4711', password: 'secret4711' };
  flow.server.via = { scheme: 'http', address: ['proxy.test', 3128], credentials };
  for (const format of Object.keys(OUTPUT_FORMATS) as OutputFormatName[]) {
    const bytes = await toFormat(format, [flow]);
    t.notMatch(bytes.toString('latin1'), /4711/, format);
  }
});
