"""Rewrites flows with mitmproxy's own addons, and compares what tsdump has made of them.

    mitmproxy_rewrite.py FOLDER

FOLDER holds GROUP.in.mitm, cases.json (a list of [group, {option: value}]), and for each case its flows after tsdump as
NUMBER.mitm, unless tsdump refused the options. Writes a list of differences as JSON: [number of the case, number of the flow, what, mitmproxy's,
tsdump's].
"""

import functools
import json
import logging
import pathlib
import re
import sys
import types

from mitmproxy import exceptions, flowfilter, io
from mitmproxy.addons import anticache, anticomp, maplocal, mapremote, modifybody, modifyheaders, stickyauth, stickycookie
from mitmproxy.test import taddons

# As version 12 has it, for all operators.
for operator in flowfilter.filter_rex:
    operator.flags |= re.IGNORECASE
# Replacements have groups, as before version 12.2.2.
def sub(regex, replacement, content, flags):
    return re.sub(regex, replacement(None) if callable(replacement) else replacement, content, flags=flags)


modifybody.re = types.SimpleNamespace(**{**vars(re), "sub": sub})
# Each of these takes as long as all the rest.
flowfilter.parse = functools.cache(flowfilter.parse)
logging.disable()

folder = pathlib.Path(sys.argv[1])


def read(path):
    with open(path, "rb") as file:
        return list(io.FlowReader(file).stream())


def attempt(hook, flow):
    """An addon that fails leaves the flow to the next one."""
    try:
        hook(flow)
    except Exception:
        pass


def with_head_only(message, hook, flow):
    """The body has yet to come."""
    content, message.raw_content = message.raw_content, None
    attempt(hook, flow)
    message.raw_content = content


def rewrite(flows, options):
    headers, body, cookie = modifyheaders.ModifyHeaders(), modifybody.ModifyBody(), stickycookie.StickyCookie()
    at_request = [anticache.AntiCache(), anticomp.AntiComp(), mapremote.MapRemote(), maplocal.MapLocal(), body]
    at_request += [stickyauth.StickyAuth(), cookie]
    with taddons.context(headers, *at_request) as context:
        context.configure(headers, **options)
        for flow in flows:
            response, flow.response, flow.live = flow.response, None, True
            with_head_only(flow.request, headers.requestheaders, flow)
            for addon in at_request:
                attempt(addon.request, flow)
            flow.response = flow.response or response
            if flow.response:
                with_head_only(flow.response, headers.responseheaders, flow)
                attempt(body.response, flow)
                attempt(cookie.response, flow)
            flow.live = False
    return flows


def fields(message, options):
    result = []
    for name, value in message.headers.fields:
        if name.lower() == b"server" and value.startswith((b"mitmproxy", b"tsdump")):
            value = b"proxy"
        if name.lower() == b"cookie" and "stickycookie" in options:
            value = b"; ".join(sorted(value.split(b"; ")))
        # mitmproxy sets it also where nothing has changed.
        if name.lower() != b"content-length":
            result.append([name.decode("latin1"), value.decode("latin1")])
    return result


def described(flow, options):
    result = {"metadata": flow.metadata}
    for side in ("request", "response"):
        message = getattr(flow, side)
        if message:
            is_bodiless = side == "response" and flow.request.method == "HEAD"
            result[f"{side} headers"] = fields(message, options)
            result[f"{side} content"] = not is_bodiless and message.get_content(strict=False).decode("latin1")
            length = message.headers.get("content-length")
            result[f"{side} length"] = is_bodiless or length is None or length == str(len(message.raw_content))
    request, response = flow.request, flow.response
    result["request"] = [request.method, request.url, request.pretty_url, request.authority, request.http_version]
    result["response"] = response and [response.status_code, response.reason, response.http_version]
    return result


def differences():
    cases = json.loads((folder / "cases.json").read_text())
    # Copying flows takes less time than reading them again.
    groups = {group: read(folder / f"{group}.in.mitm") for group, _ in cases}
    for number, (group, options) in enumerate(cases):
        path = folder / f"{number}.mitm"
        try:
            expected = rewrite([flow.copy() for flow in groups[group]], options)
        except exceptions.OptionsError as error:
            if path.exists():
                yield [number, 0, "options", str(error), "accepted"]
            continue
        if not path.exists():
            yield [number, 0, "options", "accepted", "refused"]
            continue
        for at, (one, other) in enumerate(zip(expected, read(path), strict=True)):
            wanted, found = described(one, options), described(other, options)
            for key in wanted.keys() | found.keys():
                # Whether mitmproxy has kept it right is not the question.
                if key.endswith(" length") and found.get(key):
                    continue
                if wanted.get(key) != found.get(key):
                    yield [number, at, key, wanted.get(key), found.get(key)]


json.dump(list(differences()), sys.stdout)
