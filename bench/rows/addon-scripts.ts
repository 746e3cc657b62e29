/** The same script for tsdump and for mitmdump. */
export interface ScriptPair {
  readonly name: string;
  /** Name of its file, without extension. */
  readonly file: string;
  readonly javascript: string;
  readonly python: string;
  /** Greatest increase of CPU time per request, in per cent. */
  readonly atMost: number;
}

export const SCRIPTS: readonly ScriptPair[] = [
  {
    name: 'one that only observes',
    file: 'observe',
    javascript: 'let count = 0;\nexport function flowEnd(flow) { if (flow.response) count++; }\n',
    python: 'count = 0\ndef response(flow):\n    global count\n    count += 1\n',
    atMost: 5,
  },
  {
    name: 'a header of each response',
    file: 'header',
    javascript: "export function responseHeaders(flow) { flow.response.headers.set('X-Seen', '1'); }\n",
    python: 'def responseheaders(flow):\n    flow.response.headers["X-Seen"] = "1"\n',
    atMost: 12,
  },
  {
    name: 'each JSON body rewritten',
    file: 'json',
    javascript: `export async function response({ response }) {
  const value = await response.body.json();
  response.body.set(JSON.stringify({ ...value, seen: true }));
}
`,
    python: `import json
def response(flow):
    value = json.loads(flow.response.text)
    value["seen"] = True
    flow.response.text = json.dumps(value)
`,
    atMost: 40,
  },
  {
    name: 'twenty whose filters do not match',
    file: 'twenty',
    javascript: `export default Array.from({ length: 20 }, (_, at) => ({
  filter: \`~d host-\${at}.example\`,
  response(flow) { flow.response.headers.set('X-Seen', '1'); },
}));
`,
    python: `from mitmproxy import flowfilter
class One:
    def __init__(self, at):
        self.filter = flowfilter.parse(f"~d host-{at}.example")
    def response(self, flow):
        if flowfilter.match(self.filter, flow):
            flow.response.headers["X-Seen"] = "1"
addons = [One(at) for at in range(20)]
`,
    atMost: 10,
  },
];
