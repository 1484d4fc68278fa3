#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Make the benchmark's table, CSV and chart from the results in OUT.

Exits with 1 if this driver makes more requests, notifications or interrupts
than it has to; that depends on no clock.
"""

import argparse
import csv
import dataclasses
import pathlib
import sys

# pylint: disable=wrong-import-position
sys.dont_write_bytecode = True
import measures
from measures import DRIVERS, RATE, Spread, spread

US, MS = 1e3, 1e6


@dataclasses.dataclass
class Row:
    """A line of the table: what it says, of which turns, and the floor."""
    title: str
    what: str
    measure: object
    digits: int = 2
    floor: str = ''
    why: str = ''


def per_period(*keys, scale=1):
    """A measure: what a period adds."""
    def measure(turn):
        value = turn.per_period(*keys)
        return None if value is None else value / scale
    return measure


def per_second(*keys, scale=1):
    """A measure: what a second of audio adds."""
    def measure(turn):
        value = turn.per_second(*keys)
        return None if value is None else value / scale
    return measure


def single(key, scale=1, minus=0):
    """A measure: a figure of one run."""
    def measure(turn):
        value = turn.single(key, minus)
        return None if value is None else value / scale
    return measure


def idle(key):
    """A measure: ms in a second in which nothing is played."""
    return lambda turn: turn.last[key] / turn.last['ns'] * 1e9 / MS


def more_grants(turn):
    """Pages that an open stream shares beyond its rings."""
    opened, bound = turn.last['grants-open'], turn.last['grants']
    return None if None in (opened, bound) else opened - bound


def counted_rows(period, access):
    """Per period of PERIOD frames."""
    what, calls = f'period-{period}-{access}', f'calls-{period}-{access}'
    capture = access == 'capture'
    write = 'READ' if capture else 'WRITE'
    yield Row('requests', what, per_period('writes', 'reads'), 2, '1',
              f'one {write} hands over a whole period')
    yield Row('notifications out', what, per_period('notify-in'), 2,
              '1' if capture else '0',
              'the backend cannot know when data are wanted' if capture else
              'a backend with a clock looks for data by itself')
    yield Row('interrupts in: requests', what, per_period('irq-req'), 2,
              '1' if capture else '0',
              'the data are there when READ is answered' if capture else
              'nobody waits for the answer to a WRITE')
    yield Row('interrupts in: events', what, per_period('irq-evt'), 2, '1',
              'the application waits for each period')
    yield Row('hypercalls', calls, per_period('hypercalls'), 1)
    yield Row('context switches', what, per_period('ctxt'), 1, '2',
              'to the application and back to idle')
    yield Row('guest CPU, us', what, per_period('guest-ns', scale=US), 1)
    yield Row('Dom0 CPU, us', what, per_period('dom0-ns', scale=US), 1)


def latency_rows(period):
    """Of a stream whose writer waits for room before each write."""
    what = f'latency-{period}'
    yield Row('snd_pcm_writei, us: median', what, single('took-p50', US), 1)
    yield Row('snd_pcm_writei, us: p99', what, single('took-p99', US), 1)
    yield Row('snd_pcm_writei, us: max', what, single('took-max', US), 1)
    yield Row('writer sleeps per write', what,
              lambda turn: turn.single('sleeps') is not None and
              turn.last['sleeps'] / turn.last['done'], 2, '0',
              'there is room')
    yield Row('open to prepared, ms', what, single('open-ns', MS), 2)
    yield Row('first event late by, us', what,
              single('first-ns', US, period * 1e9 / RATE), 0, '0',
              'START to the first period, less the period')
    yield Row('stop to closed, ms', what, single('close-ns', MS), 2)
    yield Row('queries', what, single('queries'), 0, '4',
              'one for each distinct question')


def sections(turns):
    """(heading, rows) of the whole table."""
    for what in turns:
        if what.startswith('period-'):
            _, period, access = what.split('-')
            yield (f'{access}, per period of {period} frames',
                   counted_rows(period, access))
    yield 'RW in chunks of 256, per period of 1024 frames', [
        Row('requests', 'chunks-1024', per_period('writes'), 2, '4',
            'one for each write'),
        Row('notifications out', 'chunks-1024', per_period('notify-in')),
        Row('interrupts in', 'chunks-1024', per_period('irq-req', 'irq-evt'))]
    rows = [Row('idle: guest CPU, ms', 'idle', idle('guest-ns')),
            Row('idle: Dom0 CPU, ms', 'idle', idle('dom0-ns'))]
    for what in turns:
        if what.startswith('streams-'):
            n = what.split('-')[1]
            rows += [
                Row(f'{n} streams: guest CPU, ms', what,
                    per_second('guest-ns', scale=MS)),
                Row(f'{n} streams: Dom0 CPU, ms', what,
                    per_second('dom0-ns', scale=MS)),
                Row(f'{n} streams: crossings', what, crossings, 1)]
    yield 'per second of audio at period 1024', rows
    for what in turns:
        if what.startswith('latency-'):
            period = int(what.split('-')[1])
            yield f'latency at period {period}', latency_rows(period)
    yield 'memory', [
        Row('grants of the card', 'memory', single('grants'), 0, '',
            'two rings a stream, and the rest of the guest'),
        Row('grants of the guest without it', 'unbound', single('grants'), 0),
        Row('grants more while a stream is open', 'memory', more_grants, 0,
            '9', '8 pages of audio and one of their numbers')]


crossings = per_second('notify-in', 'irq-req', 'irq-evt')


def smallest(all_turns):
    """The smallest period that played to its end, as a Spread."""
    runs = [run for turn in all_turns for run in turn.runs]
    good = [run['period'] for run in runs if run['status'] == 'ok']
    if good:
        return Spread([min(good)])
    return Spread([], 'none' if runs else '')


def sizes(path):
    """(text, data + bss) of each driver from the output of size."""
    rows = path.read_text('utf-8').splitlines()[1:] if path.exists() else []
    values = [[int(word) for word in row.split()[:3]] for row in rows]
    return [(text, data + bss) for text, data, bss in values]


def figure_rows(turns, out):
    """Each line of the table: (heading or None, title, Spreads, digits, floor)"""
    for heading, rows in sections(turns):
        found = [row for row in rows if row.what in turns]
        for i, row in enumerate(found):
            pair = [spread(turns[row.what].get(driver, []), row.measure)
                    for driver in DRIVERS]
            yield (None if i else heading, row.title, pair, row.digits,
                   f'{row.floor:>4}  {row.why}'.rstrip())
    heading = 'smallest period without an xrun, frames'
    for what in turns:
        if what.startswith('smallest-'):
            _, load, periods = what.split('-')
            yield (heading, f'{load} guest, {periods} periods',
                   [smallest(turns[what].get(driver, []))
                    for driver in DRIVERS], 0, '')
            heading = None
    heading = 'module, octets'
    for title, pair in zip(('text', 'data and bss'),
                           zip(*sizes(out / 'sizes'))):
        yield heading, title, [Spread([value]) for value in pair], 0, ''
        heading = None


def ratio(pair):
    """Ours to stock."""
    stock, ours = (each.median for each in pair)
    return f'{ours / stock:.2f}' if stock and ours is not None else '-'


def table(turns, out):
    """The table's lines."""
    layout = '{:<38} {:>26} {:>26} {:>6}  {}'
    yield layout.format('median [min max]', 'stock', 'this driver', 'ratio',
                        'floor').rstrip()
    for heading, title, pair, digits, floor in figure_rows(turns, out):
        if heading:
            yield ''
            yield heading
        texts = [each.text(digits) for each in pair]
        yield layout.format('  ' + title, *texts, ratio(pair), floor).rstrip()


def write_csv(path, runs):
    """Each run as it was."""
    keys = dict.fromkeys(key for run in runs for key in run)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.DictWriter(file, keys, restval='')
        writer.writeheader()
        writer.writerows(runs)


def ours(turns, what, *keys):
    """Median per period of this driver, None if there is none."""
    return spread(turns.get(what, {}).get('ours', []),
                  per_period(*keys)).median


def limits(turns):
    """(what it is, figure, the most that it may be) of all that must hold."""
    for what in turns:
        if not what.startswith('period-'):
            continue
        least = 2.05 if what.endswith('capture') else 1.05
        yield f'{what}: requests', ours(turns, what, 'writes', 'reads'), 1.05
        yield f'{what}: out', ours(turns, what, 'notify-in'), 1.05
        yield f'{what}: in', ours(turns, what, 'irq-req', 'irq-evt'), least
    for what in turns:
        if what.startswith('latency-'):
            mine = turns[what].get('ours', [])
            yield f'{what}: queries', spread(mine, single('queries')).median, 4
            yield (f'{what}: sleeps in a write',
                   spread(mine, single('sleeps')).median, 0)
    one, many = (spread(turns.get(what, {}).get('ours', []), crossings).median
                 for what in ('streams-1', 'streams-16'))
    if one is not None and many is not None:
        yield '16 streams to one: crossings', many / one, 16.5


def check(turns):
    """What does not hold, as lines. A figure that is missing does not."""
    found = list(limits(turns))
    if not any(what.startswith('period-') for what in turns):
        yield 'nothing was measured'
    for what, figure, most in found:
        if figure is None or figure > most:
            yield f'{what}: {figure}, at most {most}'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=pathlib.Path)
    args = parser.parse_args()
    runs = measures.load(args.out)
    turns = measures.turns(runs)
    text = '\n'.join(table(turns, args.out)) + '\n'
    (args.out / 'bench.txt').write_text(text, 'utf-8')
    print(f'\n{text}')
    write_csv(args.out / 'bench.csv', runs)
    # Not needed for the rest, and slow to import.
    import chart  # pylint: disable=import-outside-toplevel
    chart.draw(turns, args.out / 'bench.png')
    wrong = list(check(turns))
    for line in wrong:
        print(f'not at the floor: {line}')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
