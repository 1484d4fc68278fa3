#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Read nm -A of object files: which of them need each other in a circle?"""

import collections
import pathlib
import sys


def read_symbols(lines):
    """Return: {symbol: the object that defines it}, {object: symbols that it needs}."""
    defined, needed = {}, collections.defaultdict(set)
    for line in lines:
        file, rest = line.rsplit(':', 1)
        kind, symbol = rest.split()[-2:]
        name = pathlib.Path(file).stem
        if kind == 'U':
            needed[name].add(symbol)
        elif kind.isupper():
            defined[symbol] = name
    return defined, needed


def reachable(uses, start):
    """All objects that one needs, directly or not."""
    seen, left = set(), [start]
    while left:
        for name in uses[left.pop()] - seen:
            seen.add(name)
            left.append(name)
    return seen


def main():
    """Print each step of each circle. Return: the exit status."""
    defined, needed = read_symbols(sys.stdin)
    uses = {name: set() for name in {*needed, *defined.values()}}
    for name, symbols in needed.items():
        uses[name] = {defined[symbol] for symbol in symbols if symbol in defined} - {name}
    all_of = {name: reachable(uses, name) for name in uses}
    steps = [(a, b) for a in sorted(uses) for b in sorted(uses[a]) if a in all_of[b]]
    for a, b in steps:
        words = sorted(symbol for symbol in needed[a] if defined.get(symbol) == b)
        print(f'circle: {a} needs {b}: {" ".join(words)}')
    print(f'{len(uses)} objects, {sum(map(len, uses.values()))} uses, '
          f'{len(steps)} of them in circles')
    return 1 if steps or len(uses) < 2 else 0


if __name__ == '__main__':
    sys.exit(main())
