"""Reads [[pattern, template, dot_all, [subject, ...]], ...] as JSON, bytes as latin1 text, and writes what Python's re.sub
makes of the subjects: for each case a list, or null if Python does not accept pattern or template."""

import json
import re
import sys
import warnings

warnings.simplefilter("ignore")


def octets(text):
    return text.encode("latin1")


def results(pattern, template, dot_all, subjects):
    try:
        compiled = re.compile(octets(pattern), re.DOTALL if dot_all else 0)
        # A template is read with the first match only.
        re._parser.parse_template(octets(template), compiled) if hasattr(re, "_parser") else None
        return [compiled.sub(octets(template), octets(subject)).decode("latin1") for subject in subjects]
    except (re.error, OverflowError, IndexError):
        return None


json.dump([results(*case) for case in json.load(sys.stdin)], sys.stdout)
