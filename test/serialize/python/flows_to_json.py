"""Prints the flows of stdin as JSON, one in a line; bytes as {"hex": …}."""
import json, sys
from read_flows import read_flows


def plain(value):
    return {"hex": value.hex()} if isinstance(value, bytes) else str(value)


for flow, bodies in read_flows(sys.stdin.buffer):
    print(json.dumps({"flow": flow, "bodies": bodies}, default=plain))
