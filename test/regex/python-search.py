"""Reads [[pattern, is_bytes, flags, [subject, ...]], ...] as JSON and writes what Python's re.search finds: for each pattern
a list of booleans, or null if Python does not accept it. Flags are letters of "ims"; subjects are text."""

import json
import re
import sys
import warnings

warnings.simplefilter("ignore")


def results(pattern, is_bytes, letters, subjects):
    flags = 0
    for letter in letters:
        flags |= {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}[letter]
    try:
        compiled = re.compile(pattern.encode() if is_bytes else pattern, flags)
    except (re.error, OverflowError):
        return None
    return [bool(compiled.search(s.encode() if is_bytes else s)) for s in subjects]


json.dump([results(*case) for case in json.load(sys.stdin)], sys.stdout)
