# SPDX-License-Identifier: GPL-2.0 OR MIT
"""The benchmark's chart: how cost grows."""

import matplotlib
matplotlib.use('Agg')
# pylint: disable-next=wrong-import-position
from matplotlib import pyplot

from measures import DRIVERS, FLOOR, spread

COLOURS = {'stock': '#e08214', 'ours': '#1f6fb4', 'dummy': '#808080'}
NAMES = {'ours': 'this driver', 'dummy': 'snd-dummy'}
CROSSINGS = 'notify-in', 'irq-req', 'irq-evt'


def points(turns, prefix, driver, measure, part=1):
    """(x, Spread) of all turns called PREFIX-...; x is word PART of the name."""
    for what, drivers in turns.items():
        words = what.split('-')
        if what.startswith(prefix + '-') and (len(words) < 3 or
                                              words[2] == 'rw'):
            found = spread(drivers.get(driver, []), measure)
            if found.values:
                yield int(words[part]), found


def curve(axis, turns, prefix, measure, title, labels):
    """Medians, with bars from least to greatest."""
    for driver in (*DRIVERS, FLOOR):
        found = list(points(turns, prefix, driver, measure))
        # What snd-dummy has none of is no curve.
        if not any(value.median for _, value in found):
            continue
        x = [at for at, _ in found]
        y = [value.median for _, value in found]
        low = [value.median - min(value.values) for _, value in found]
        high = [max(value.values) - value.median for _, value in found]
        axis.errorbar(x, y, [low, high], marker='o', capsize=3,
                      label=NAMES.get(driver, driver), color=COLOURS[driver])
    axis.set_title(title, fontsize=10)
    axis.set_xlabel(labels[0])
    axis.set_ylabel(labels[1])
    axis.set_xscale('log', base=2)
    axis.xaxis.set_major_formatter(
        matplotlib.ticker.FuncFormatter(lambda value, _: f'{value:g}'))
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    if axis.get_legend_handles_labels()[0]:
        axis.legend()


def draw(turns, path):
    """Draw all into the PNG at PATH."""
    figure, axes = pyplot.subplots(2, 3, figsize=(15, 8))
    (one, two, three), (four, five, six) = axes
    curve(one, turns, 'period', lambda turn: turn.per_period(*CROSSINGS),
          'crossings per period', ('period, frames', 'notifications + interrupts'))
    curve(two, turns, 'streams', lambda turn: turn.per_second(*CROSSINGS),
          'crossings per second, period 1024', ('streams', 'per second'))
    curve(three, turns, 'fill', lambda turn: turn.per_period(*CROSSINGS),
          'crossings per period of 256', ('periods in the buffer', 'per period'))
    for axis, prefix, title, label in (
            (four, 'period', 'guest CPU', 'period, frames'),
            (five, 'streams', 'guest CPU, period 1024', 'streams'),
            (six, 'fill', 'guest CPU, period 256', 'periods in the buffer')):
        curve(axis, turns, prefix,
              lambda turn: None if (ns := turn.per_second('guest-ns')) is None
              else ns / 1e6, title, (label, 'ms per second of audio'))
    figure.tight_layout()
    figure.savefig(path, dpi=90)
