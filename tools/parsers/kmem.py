#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Strict parsers for the page allocator's text files.

One parser a layout, for the kernel's file and for shadowbuddy's of the same
name: /proc/{buddyinfo,pagetypeinfo,zoneinfo,vmstat} and
/sys/kernel/debug/extfrag/{extfrag,unusable}_index on the one hand,
/sys/kernel/debug/shadowbuddy/* on the other.  Every character is accounted for:
a line that is not laid out as the kernel's printf would is a ParseError, which
names it.

As a command: kmem.py KIND [FILE] prints what was read as JSON; KIND is
buddyinfo, pagetypeinfo, zoneinfo, vmstat or index.  Exit status: 0, 1 if the
text does not parse or cannot be read, 2 for bad usage.
"""

import argparse
import json
import re
import sys

ORDERS = 11

_ZONE = r"Node (?P<node>\d+), zone (?P<zone>[ \w]{8})"
_COUNT = r"(?: {0,5}(?:\d+)) "


class ParseError(ValueError):
    """A line that the kernel would not have printed."""


class Lines:
    """The lines of a text, taken one by one."""

    def __init__(self, text):
        if text and not text.endswith("\n"):
            raise ParseError("the last line has no end")
        self.lines = text.split("\n")[:-1]
        self.at = 0

    def __bool__(self):
        return self.at < len(self.lines)

    def match(self, pattern):
        """The next line, if it is of that form, else None."""
        if not self:
            return None
        m = re.fullmatch(pattern, self.lines[self.at])
        if m:
            self.at += 1
        return m

    def expect(self, pattern):
        """The next line, which must be of that form."""
        m = self.match(pattern)
        if m:
            return m
        line = self.lines[self.at] if self else "the end"
        raise ParseError(f"line {self.at + 1}: {line!r} is not {pattern!r}")


def _columns(text, width, what):
    """Numbers printed with %<width>lu and a blank after each."""
    values = [int(v.lstrip(">")) for v in text.split()]
    wide = "".join(f"{v:{width}d} " for v in values)
    if text.replace(">", "") != wide:
        raise ParseError(f"{what}: columns {text!r} are not {width} wide")
    return values


def _zone(m):
    name = m["zone"].strip()
    if m["zone"] != f"{name:>8}":
        raise ParseError(f"zone {m['zone']!r} is not right-aligned")
    return {"node": int(m["node"]), "zone": name}


def _orders(values, what):
    if len(values) != ORDERS:
        raise ParseError(f"{what}: {len(values)} columns, not {ORDERS}")
    return values


def buddyinfo(text):
    """A list of {node, zone, free: blocks by order}."""
    lines, zones = Lines(text), []
    while lines:
        m = lines.expect(_ZONE + r" (?P<free>[ \d]+)")
        entry = _zone(m)
        entry["free"] = _orders(_columns(m["free"], 6, "buddyinfo"), "buddyinfo")
        zones.append(entry)
    return zones


def index(text):
    """A list of {node, zone, index: thousandths by order}."""
    lines, zones = Lines(text), []
    while lines:
        m = lines.expect(_ZONE + r" (?P<index>(?:(?: ?\d|-\d)\.-?\d{3} )+)")
        entry = _zone(m)
        entry["index"] = _orders([_thousandths(v) for v in m["index"].split()],
                                 "index")
        zones.append(entry)
    return zones


def _thousandths(text):
    """Whole and rest are printed apart, each with its sign."""
    whole, rest = text.split(".")
    return int(whole) * 1000 + int(rest)


def _pagetype_free(lines):
    free = []
    head = f"{'Free pages count per migrate type at order':<43} "
    head += "".join(f"{o:6d} " for o in range(ORDERS))
    lines.expect(re.escape(head))
    form = (r"Node +(?P<node>\d+), zone (?P<zone>[ \w]{8}), "
            r"type (?P<type>[ \w]{12}) (?P<free>[ >\d]+)")
    while m := lines.match(form):
        entry = _zone(m)
        entry["type"] = m["type"].strip()
        entry["free"] = _orders(_columns(m["free"], 6, "pagetypeinfo"), "types")
        free.append(entry)
    return free


def _pagetype_blocks(lines):
    blocks = []
    m = lines.expect(r"Number of blocks type  (?P<types>(?: *\w+ )+)")
    types = m["types"].split()
    if m["types"] != "".join(f"{t:>12} " for t in types):
        raise ParseError("types of blocks are not 12 wide")
    while m := lines.match(_ZONE + r" (?P<n>[ \d]+)"):
        entry = _zone(m)
        entry["blocks"] = dict(zip(types, _columns(m["n"], 12, "blocks"),
                                   strict=True))
        blocks.append(entry)
    return blocks


def pagetypeinfo(text):
    """A list, an entry a node: {order, pages, free: [...], blocks: [...]}."""
    lines, nodes = Lines(text), []
    while lines:
        node = {"order": int(lines.expect(r"Page block order: (\d+)")[1]),
                "pages": int(lines.expect(r"Pages per block:  (\d+)")[1])}
        lines.expect("")
        node["free"] = _pagetype_free(lines)
        lines.expect("")
        node["blocks"] = _pagetype_blocks(lines)
        nodes.append(node)
    return nodes


_COUNTER = r"      (?P<name>[a-z]\w*) {0,11} (?P<value>\d+)"


def _counters(lines):
    found = {}
    while m := lines.match(_COUNTER):
        if lines.lines[lines.at - 1] != f"      {m['name']:<12} {m['value']}":
            raise ParseError(f"line {lines.at}: a counter is not 12 wide")
        found[m["name"]] = int(m["value"])
    return found


def _marks(lines, zone):
    zone["free"] = int(lines.expect(r"  pages free     (\d+)")[1])
    for name in ("boost", "min", "low", "high"):
        zone[name] = int(lines.expect(rf"        {name:<8} (\d+)")[1])
    if m := lines.match(r"        promo    (\d+)"):
        zone["promo"] = int(m[1])
    for name in ("spanned", "present", "managed", "cma"):
        zone[name] = int(lines.expect(rf"        {name:<8} (\d+)")[1])
    text = lines.expect(r"        protection: \((\d+(?:, \d+)*)\)")[1]
    zone["protection"] = [int(v) for v in text.split(", ")]


def _pagesets(lines):
    lines.expect("  pagesets")
    sets = []
    while m := lines.match(r"    cpu: (\d+)"):
        one = {"cpu": int(m[1])}
        for name in ("count:", "high: ", "batch:"):
            key = name.rstrip(": ")
            one[key] = int(lines.expect(rf"              {name} (\d+)")[1])
        if m := lines.match(r"  vm stats threshold: (\d+)"):
            one["threshold"] = int(m[1])
        sets.append(one)
    return sets


def _one_zone(lines):
    zone = _zone(lines.expect(_ZONE))
    if lines.match("  per-node stats"):
        zone["node_stats"] = _counters(lines)
    _marks(lines, zone)
    if not zone["present"]:
        return zone
    zone["counters"] = _counters(lines)
    zone["pagesets"] = _pagesets(lines)
    zone["unreclaimable"] = int(lines.expect(r"  node_unreclaimable:  ([01])")[1])
    zone["start_pfn"] = int(lines.expect(r"  start_pfn:           (\d+)")[1])
    return zone


def zoneinfo(text):
    """A list of zones; one without pages has marks and protection only.

    node_stats is there for a node's first populated zone, in the kernel's.
    """
    lines, zones = Lines(text), []
    while lines:
        zones.append(_one_zone(lines))
    return zones


def vmstat(text):
    """A dict of counters."""
    lines, found = Lines(text), {}
    while lines:
        m = lines.expect(r"(\w+) (\d+)")
        if m[1] in found:
            raise ParseError(f"line {lines.at}: {m[1]} is there twice")
        found[m[1]] = int(m[2])
    return found


PARSERS = {f.__name__: f for f in (buddyinfo, pagetypeinfo, zoneinfo, vmstat,
                                   index)}


def main():
    """The command."""
    ap = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    ap.add_argument("kind", choices=sorted(PARSERS))
    ap.add_argument("file", nargs="?", help="default: standard input")
    args = ap.parse_args()
    try:
        if args.file:
            with open(args.file, encoding="ascii") as f:
                text = f.read()
        else:
            text = sys.stdin.read()
        json.dump(PARSERS[args.kind](text), sys.stdout, indent=1)
        print()
    except (ParseError, OSError) as e:
        print(f"kmem.py: {args.kind}: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
