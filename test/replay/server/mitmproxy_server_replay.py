"""Answers requests from a capture with mitmproxy's own addon.

    mitmproxy_server_replay.py FOLDER

FOLDER holds capture.mitm, requests.mitm, and cases.json (a list of {option: value}). Writes for each case a list of
decisions, one for each request, as JSON: {what: killed, forwarded or a status, content, fields}.
"""

import json
import logging
import pathlib
import re
import sys

from mitmproxy import io
from mitmproxy.addons import serverplayback
from mitmproxy.test import taddons

# It takes as long as all the rest.
logging.disable()
folder = pathlib.Path(sys.argv[1])


def read(path):
    with open(path, "rb") as file:
        return list(io.FlowReader(file).stream())


def day_of(value):
    value = re.sub(r"\d\d:\d\d:\d\d GMT", "TIME", value, count=1)
    return re.sub("expires=", "expires=", value, count=1, flags=re.IGNORECASE)


def decision(flow):
    if flow.error and flow.error.msg == "Connection killed.":
        return {"what": "killed"}
    if not flow.response:
        return {"what": "forwarded"}
    if not flow.response.raw_content:
        return {"what": str(flow.response.status_code)}
    fields = [
        [name.decode("latin1").lower(), day_of(value.decode("latin1"))]
        for name, value in flow.response.headers.fields
        if name.lower() != b"content-length"
    ]
    return {"what": str(flow.response.status_code), "content": flow.response.text, "fields": fields}


capture, requests = read(folder / "capture.mitm"), read(folder / "requests.mitm")


def decisions(options):
    addon = serverplayback.ServerPlayback()
    with taddons.context(addon) as context:
        context.configure(addon, **options)
        addon.load_flows(capture)
        for flow in requests:
            flow.live, flow.response, flow.error, flow.is_replay = True, None, None, None
            addon.request(flow)
            yield decision(flow)


json.dump([list(decisions(options)) for options in json.loads((folder / "cases.json").read_text())], sys.stdout)
