#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Make the table, CSV and chart of what a stream costs the backend, from OUT.

Exits with 1 if the cost of a stream grows with their number, a stream wakes the
backend more than once a period, a period's event is late, or the backend does
something while nothing plays. Time is virtual, so that this depends on no clock.

With --device the sink has a clock and threads of its own: only the poll()s of
the streams' threads are limited, to more, and no period may be missing.
"""

import argparse
import csv
import pathlib
import sys

# pylint: disable=wrong-import-position
sys.dont_write_bytecode = True
from measures import RATE, lines

MS, US = 1e6, 1e3
# How the streams' periods lie to each other
WAYS = 'spread', 'together'
# Of the least cost of a stream to the greatest
FLAT = 1.2
# What comes from a difference of two runs may be off by what is cut off.
WAKEUPS = 1.01
# A server of which many nodes start at once is late for some of them.
WAKEUPS_DEVICE = 1.05
# libpipewire's own thread touches pages of buffers that it has not used before.
FAULTS_DEVICE = 0.1


def load(out):
    """All lines, those of plays with the backend's own counts."""
    rows = lines(out / 'dom0/scale')
    stats = lines(out / 'dom0/stats')
    for row in rows:
        if 'ended' not in row:
            continue
        part = stats[row['began']:row['ended']]
        for key in 'wakeups', 'notify-evt', 'late', 'underruns':
            row[key] = sum(line[key] for line in part)
        row['delay-us'] = max((line['delay-us'] for line in part), default=0)
        # A stream without its line has hidden something.
        row['reported'] = len(part)
    return rows


class Play:
    """A short and a long run of as many streams."""

    def __init__(self, short, long):
        self.short, self.long = short, long

    @property
    def streams(self):
        """How many."""
        return self.long['streams']

    def per_period(self, key):
        """What a period of one stream adds to KEY."""
        more = (self.long['count'] - self.short['count']) * self.streams
        return (self.long[key] - self.short[key]) / more

    def per_second(self, key):
        """What a second of audio on one stream adds to KEY."""
        return self.per_period(key) * RATE / self.long['period']

    def total(self, key):
        """Of both runs."""
        return self.short[key] + self.long[key]

    @property
    def others_ns(self):
        """Dom0's CPU time per period, but for the simulated frontends'."""
        return self.per_period('dom0-ns') - self.per_period('own-ns')

    @property
    def delay_us(self):
        """The latest event of a period."""
        return max(self.short['delay-us'], self.long['delay-us'])


def plays(rows, way):
    """A Play of each number of streams."""
    runs = {}
    for row in rows:
        if row['what'] == way:
            runs.setdefault(row['streams'], []).append(row)
    return [Play(*pair) for _, pair in sorted(runs.items()) if len(pair) == 2]


def of(rows, what):
    """Lines of one kind by the number of streams, the first of each."""
    found = {}
    for row in rows:
        if row['what'] == what:
            found.setdefault(row['streams'], row)
    return found


COLUMNS = (
    ('streams', '{:7d}', lambda play: play.streams),
    ('CPU, ms/s', '{:9.3f}', lambda play: play.per_second('cpu-ns') / MS),
    ('CPU, us', '{:7.2f}', lambda play: play.per_period('cpu-ns') / US),
    ('Dom0, us', '{:8.2f}', lambda play: play.others_ns / US),
    ('wake-ups', '{:8.3f}', lambda play: play.per_period('slept')),
    ('poll()s', '{:7.3f}', lambda play: play.per_period('wakeups')),
    ('in', '{:5.2f}', lambda play: play.per_period('notified')),
    ('events', '{:6.3f}', lambda play: play.per_period('notify-evt')),
    ('faults', '{:6.2f}', lambda play: play.per_period('faults')),
    ('late', '{:4d}', lambda play: play.total('late')),
    ('underruns', '{:9d}', lambda play: play.total('underruns')),
    ('latest, us', '{:10d}', lambda play: play.delay_us),
)


def play_table(rows, way):
    """Lines of the table of all plays of one kind."""
    widths = [len(form.format(0)) for _, form, _ in COLUMNS]
    yield ' '.join(f'{name:>{width}}' for (name, _, _), width
                   in zip(COLUMNS, widths))
    for play in plays(rows, way):
        yield ' '.join(form.format(value(play)) for _, form, value in COLUMNS)


def held_table(rows):
    """Lines of the table of what the daemon holds and what connecting costs."""
    yield 'streams  RSS, kB  threads  descriptors  connect, ms  CPU of it, ms'
    for streams, row in sorted(of(rows, 'connect').items()):
        row = {**row, **of(rows, 'rest').get(streams, {}),
               'ns': row['ns'], 'cpu-ns': row['cpu-ns']}
        yield (f"{streams:7d} {row['rss-kb']:8d} {row['threads']:8d} "
               f"{row['fds']:12d} {row['ns'] / MS:12.2f} "
               f"{row['cpu-ns'] / MS:14.3f}")


def first_table(rows):
    """Lines about the first start of a server's nodes."""
    for streams, row in sorted(of(rows, 'first').items()):
        yield (f"first start of {streams} nodes: {row['underruns']} underruns, "
               f"latest event {row['delay-us']} us")


TITLES = {
    'spread': 'each stream begins its periods at another time, '
              'per stream and period',
    'together': 'all begin them at once, per stream and period',
}


def table(rows):
    """All lines."""
    for way in WAYS:
        yield TITLES[way]
        yield from play_table(rows, way)
        yield ''
    yield 'held, while all are open; the last one\'s connecting'
    yield from held_table(rows)
    yield from first_table(rows)


def check_play(play, device=False):
    """What does not hold of one Play, as texts."""
    counts = play.long['count'] * play.streams
    for key in ('underruns',) if device else ('late', 'underruns'):
        if play.total(key):
            yield f'{play.total(key)} {key}'
    # The frontends' own count: two periods reported as one would be one missed.
    if play.long['events'] < counts:
        yield f'{play.long["events"]} events, {counts} periods'
    if play.long['reported'] != play.streams:
        yield f'statistics of {play.long["reported"]} streams'
    for key, what in ('slept', 'wake-ups'), ('wakeups', 'poll()s'):
        limit = WAKEUPS_DEVICE if device else WAKEUPS
        if (key != 'slept' or not device) and play.per_period(key) > limit:
            yield f'{play.per_period(key):.3f} {what} a period'
    if play.per_period('faults') > (FAULTS_DEVICE if device else 0):
        yield 'page faults while it plays'


def check(rows, device=False):
    """What does not hold, as lines. What is missing does not."""
    found = {way: plays(rows, way) for way in WAYS}
    for way, all_plays in found.items():
        if len(all_plays) < 2:
            yield f'{way}: nothing to compare'
            continue
        for play in all_plays:
            for text in check_play(play, device):
                yield f'{way}, {play.streams} streams: {text}'
    if device:
        return
    costs = [play.per_period('cpu-ns') for play in found['spread']]
    if costs and max(costs) > FLAT * min(costs):
        yield (f'spread: a period costs from {min(costs) / US:.1f} to '
               f'{max(costs) / US:.1f} us')
    # All at once may be cheaper, since one interrupt serves many.
    if found['together'] and costs:
        most = max(play.per_period('cpu-ns') for play in found['together'])
        if most > FLAT * costs[0]:
            yield f'together: a period costs {most / US:.1f} us'
    yield from check_rest(rows)


def check_rest(rows):
    """Nothing plays; and at the end, nothing is left."""
    rest = of(rows, 'rest')
    if not rest:
        yield 'rest: not measured'
    for streams, row in rest.items():
        if row['slept'] or row['cpu-ns']:
            yield (f'{streams} streams at rest: {row["slept"]} wake-ups, '
                   f'{row["cpu-ns"]} ns')
    none = [row for row in rows
            if row['what'] == 'connect' and not row['streams']]
    if len(none) != 2:
        yield 'it has not come to its end'
        return
    for key in 'threads', 'fds':
        if none[0][key] != none[1][key]:
            yield f'{key}: {none[0][key]} before, {none[1][key]} after'


def write_csv(path, rows):
    """Each run as it was."""
    keys = dict.fromkeys(key for row in rows for key in row)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.DictWriter(file, keys, restval='')
        writer.writeheader()
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=pathlib.Path)
    parser.add_argument('--device', action='store_true')
    args = parser.parse_args()
    rows = load(args.out)
    text = '\n'.join(table(rows)) + '\n'
    (args.out / 'scale.txt').write_text(text, 'utf-8')
    print(f'\n{text}')
    write_csv(args.out / 'scale.csv', rows)
    # Not needed for the rest, and slow to import.
    import scale_chart  # pylint: disable=import-outside-toplevel
    scale_chart.draw({way: plays(rows, way) for way in WAYS},
                     of(rows, 'rest'), args.out / 'scale.png')
    wrong = list(check(rows, args.device))
    for line in wrong:
        print(f'does not scale: {line}')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
