# SPDX-License-Identifier: GPL-2.0 OR MIT
"""The chart of scale.py: what a stream costs when there are more of them."""

import matplotlib
matplotlib.use('Agg')
# pylint: disable-next=wrong-import-position
from matplotlib import pyplot

COLOURS = {'spread': '#1f6fb4', 'together': '#e08214'}
NAMES = {'spread': 'periods spread evenly', 'together': 'all at once'}


def finish(axis, title, label):
    """What all have in common."""
    axis.set_title(title, fontsize=10)
    axis.set_xlabel('streams')
    axis.set_ylabel(label)
    axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
    axis.grid(alpha=0.3)
    if len(axis.get_legend_handles_labels()[0]) > 1:
        axis.legend()


def curve(axis, found, measure, title, label):
    """MEASURE of each Play."""
    for way, plays in found.items():
        axis.plot([play.streams for play in plays],
                  [measure(play) for play in plays], marker='o',
                  label=NAMES[way], color=COLOURS[way])
    axis.set_xscale('log', base=2)
    axis.xaxis.set_major_formatter(
        matplotlib.ticker.FuncFormatter(lambda value, _: f'{value:g}'))
    finish(axis, title, label)


def draw(found, rest, path):
    """Draw FOUND, Plays by their way, and REST, what is held, into PATH."""
    figure, ((one, two), (three, four)) = pyplot.subplots(2, 2,
                                                          figsize=(11, 8))
    # The cost may differ by a fifth.
    if found['spread']:
        first = found['spread'][0].per_second('cpu-ns') / 1e6
        one.axhspan(first / 1.2, first, alpha=0.1)
    curve(one, found, lambda play: play.per_second('cpu-ns') / 1e6,
          'CPU of the daemon, per stream', 'ms per second of audio')
    curve(two, found, lambda play: play.per_period('slept'),
          'wake-ups of the daemon, per stream', 'per period')
    curve(three, found, lambda play: play.delay_us / 1e3,
          'latest event of all streams', 'ms after its period')
    streams = sorted(rest)
    four.plot(streams, [rest[n]['rss-kb'] / 1024 for n in streams], marker='o',
              color='#1f6fb4')
    finish(four, 'resident memory of the daemon', 'MiB')
    figure.tight_layout()
    figure.savefig(path, dpi=90)
