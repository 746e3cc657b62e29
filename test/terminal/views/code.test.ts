import t from 'tap';
import { codeView } from '../../../src/terminal/views/code.js';
import { shown, viewed } from './collect-text.js';

/** Code is laid out only if its lines are long. */
const PADDING = `/*${' '.repeat(2000)}*/`;

const SAMPLES: [type: string, content: string, lines: string[]][] = [
  [
    'text/css',
    'a{b:c;d:url("e;f")}@media x{a:hover{b:url(data:g;h)}}i{}',
    ['a{', '  b:c;', '  d:url("e;f")', '}', '@media x{', '  a:hover{', '    b:url(data:g;h)', '  }', '}', 'i{}'],
  ],
  ['text/css', 'a{b:url(//c/d)}//e{', ['a{', '  b:url(//c/d)', '}', '//e{']],
  [
    'text/javascript',
    '!function(e){for(var i=0;i<3;i++){a(";{")}return{b:1}}(window);c()',
    [
      '!function(e){',
      '  for(var i=0;i<3;i++){',
      '    a(";{")',
      '  }',
      '  return{',
      '    b:1',
      '  }',
      '}(window);',
      'c()',
    ],
  ],
  [
    'text/javascript',
    'a=/[/;{]\\/;/g;b=c/d;e=`#{f};\n{`;g//;{\nh',
    ['a=/[/;{]\\/;/g;', 'b=c/d;', 'e=`#{f};', '{`;', 'g//;{', 'h'],
  ],
  ['application/x-javascript', 'a(function(){b;c},[d,{}])', ['a(function(){', '    b;', '    c', '  },[d,{}])']],
  ['text/javascript', 'a\n  b\n\n\nc}}d"e', ['a', 'b', 'c', '}', '}', 'd"e']],
  ['text/javascript', 'a;\x1bb', ['a;', '\x1bb']],
  ['text/javascript', 'a</x\nb=/{/', ['a</x', 'b=/{/']],
  ['text/javascript', 'if(a){b}else{c}/* d */e', ['if(a){', '  b', '}', 'else{', '  c', '}', '/* d */e']],
];

t.test('lays minified code out', async (t) => {
  for (const [type, content, lines] of SAMPLES) {
    const text = viewed(codeView, `${PADDING}\n${content}`, type);
    t.same(text?.trimEnd().split('\n').slice(1), lines, content);
    t.equal(text?.replaceAll(/\s/g, ''), `${PADDING}${content}`.replaceAll(/\s/g, ''), 'only white space changes');
  }
});

t.test('other code stays as it is', async (t) => {
  for (const [type, content] of SAMPLES) t.equal(await shown(content, type), content, content);
  t.equal(await shown(`a;${PADDING}`, 'text/plain'), `a;${PADDING}`);
});
