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
import statistics
import sys

# pylint: disable=wrong-import-position
sys.dont_write_bytecode = True
import measures
from measures import DRIVERS, FLOOR, RATE, Spread, spread

US, MS = 1e3, 1e6
# Above this the backend's clock would let TRIGGER wait too long, so that it asks
# for notifications (QUIET_NS of backend/stream.c), frames.
QUIET = RATE * 25 // 1000
# Requests that surely fit into a ring
ROOM = 24


@dataclasses.dataclass
class Row:
    """A line of the table: what it says, of which turns, and the floor.

    The floor is a figure with its reason, or what snd-dummy took.
    """
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
    notified = capture or int(period) > QUIET
    yield Row('requests', what, per_period('writes', 'reads'), 2, '1',
              f'one {write} hands over a whole period')
    yield Row('notifications out', what, per_period('notify-in'), 2,
              '1' if notified else '0',
              'the backend is idle until then' if notified else
              'a backend with a clock looks for data by itself')
    yield Row('interrupts in: requests', what, per_period('irq-req'), 2,
              '1' if capture else '0',
              'the data are there when READ is answered' if capture else
              'nobody waits for the answer to a WRITE')
    yield Row('interrupts in: events', what, per_period('irq-evt'), 2, '1',
              'the application waits for each period')
    yield Row('hypercalls', calls, per_period('hypercalls'), 1, FLOOR)
    yield Row('context switches', what, per_period('ctxt'), 1, FLOOR)
    yield Row('application sleeps', what, per_period('slept'), 1, FLOOR)
    yield Row('guest CPU, us', what, per_period('guest-ns', scale=US), 1,
              FLOOR)
    yield Row('Dom0 CPU, us', what, per_period('dom0-ns', scale=US), 1)


def latency_rows(period):
    """Of a stream whose writer waits for room before each write."""
    what = f'latency-{period}'
    for key, title in ('p50', 'median'), ('p99', 'p99'), ('max', 'max'):
        yield Row(f'snd_pcm_writei, us: {title}', what,
                  single(f'took-{key}', US), 1, FLOOR)
    yield Row('sleeps in snd_pcm_writei', what, sleeps, 2, '0',
              'there is room')
    yield Row('first event late by, us', what,
              single('first-ns', US, period * 1e9 / RATE), 0, FLOOR)
    yield Row('stop to closed, ms', what, single('close-ns', MS), 2, FLOOR)


def median(key, scale):
    """A measure: of all runs of a turn."""
    def measure(turn):
        values = [run[key] for run in turn.runs if key in run]
        return None if turn.failure or not values else \
            statistics.median(values) / scale
    return measure


def reopen_rows(what):
    """The same stream again and again."""
    yield Row('open to prepared, ms', what, median('open-ns', MS), 3, FLOOR)
    yield Row('queries', what, median('queries', 1), 0, '0',
              'what was answered once is known')


def sleeps(turn):
    """Of a writer for which there is room, in a write."""
    value = turn.single('sleeps')
    return None if value is None else value / turn.last['done']


def per_call(*keys):
    """A measure: what a write adds."""
    return lambda turn: turn.per_call(*keys)


def chunk_rows(what):
    """Several writes to a period."""
    period, chunk = map(int, what.split('-')[1:])
    full = period / chunk >= ROOM
    yield Row('writes of the application', what, per_period('calls'), 2)
    yield Row('requests', what, per_period('writes'), 2)
    yield Row('requests per write', what, per_call('writes'), 2, '',
              'fewer where the ring is full: they merge')
    yield Row('notifications out', what, per_period('notify-in'), 2,
              '' if full else '0',
              'one per write at most' if full else
              'a backend with a clock looks for data by itself')
    yield Row('interrupts in', what, per_period('irq-req', 'irq-evt'), 2,
              '2' if full else '1',
              'and for room in the ring' if full else
              'the application waits for each period')
    yield Row('guest CPU, us', what, per_period('guest-ns', scale=US), 1,
              FLOOR)


def second_rows(turns):
    """What a second costs: nothing playing, and some streams."""
    yield Row('nothing plays: guest CPU, ms', 'idle', idle('guest-ns'))
    yield Row('nothing plays: Dom0 CPU, ms', 'idle', idle('dom0-ns'))
    for what in turns:
        if not what.startswith('streams-'):
            continue
        n = what.split('-')[1]
        n += ' stream' if n == '1' else ' streams'
        yield Row(f'{n}: guest CPU, ms', what,
                  per_second('guest-ns', scale=MS), 2, FLOOR)
        yield Row(f'{n}: Dom0 CPU, ms', what, per_second('dom0-ns', scale=MS))
        yield Row(f'{n}: crossings', what, crossings, 1)


def memory_rows():
    """And the first open of a connection."""
    what = 'memory'
    yield Row('grants: guest without the driver', 'unbound', single('grants'),
              0)
    yield Row('grants: 17 streams, none open', what, single('grants'), 0, '36',
              'two rings a stream, and the guest has 2')
    yield Row('grants: more for an open stream', what, more_grants, 0, '9',
              '8 pages of audio and one of their numbers')
    yield Row('queries at the first open', what, single('queries'), 0, '2',
              'what is there at all, and is this choice good')
    yield Row('first open to prepared, ms', what, single('open-ns', MS), 2,
              FLOOR)


def sections(turns):
    """(heading, rows) of the whole table."""
    for what in turns:
        if what.startswith('period-'):
            _, period, access = what.split('-')
            yield (f'{access}, per period of {period} frames',
                   counted_rows(period, access))
    for what in turns:
        if what.startswith('chunks-'):
            _, period, chunk = what.split('-')
            yield (f'rw in chunks of {chunk}, per period of {period} frames',
                   chunk_rows(what))
    yield 'per second, playback at period 1024', second_rows(turns)
    for what in turns:
        if what.startswith('latency-'):
            period = int(what.split('-')[1])
            yield f'latency at period {period}', latency_rows(period)
        if what.startswith('reopen-'):
            yield 'median of nine opens, one after another', reopen_rows(what)
    yield 'memory and the first open', memory_rows()


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


def floor(row, all_turns):
    """The text of a row's last column."""
    if row.floor != FLOOR:
        return f'{row.floor:>6}  {row.why}'.rstrip()
    least = spread(all_turns, row.measure).median
    return '' if least is None else f'{least:6.{row.digits}f}  snd-dummy'


def figure_rows(turns, out):
    """(heading or None, title, Spreads, digits, floor) of each line."""
    for heading, rows in sections(turns):
        found = [row for row in rows if row.what in turns]
        for i, row in enumerate(found):
            pair = [spread(turns[row.what].get(driver, []), row.measure)
                    for driver in DRIVERS]
            yield (None if i else heading, row.title, pair, row.digits,
                   floor(row, turns[row.what].get(FLOOR, [])))
    heading = 'smallest period without an xrun, frames'
    for what in turns:
        if what.startswith('smallest-'):
            _, load, periods = what.split('-')
            yield (heading, f'{load} guest, {periods} periods',
                   [smallest(turns[what].get(driver, []))
                    for driver in DRIVERS], 0, '')
            heading = None
    heading = 'module, bytes'
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


def limits(turns):
    """(what it is, figure, the most that it may be) of all that must hold.

    Counts only: they are the same on every machine.
    """
    def most(what, title, measure, limit):
        mine = turns.get(what, {}).get('ours', [])
        return f'{what}: {title}', spread(mine, measure).median, limit

    def chunk_limits(what):
        period, chunk = map(int, what.split('-')[1:])
        fit = period / chunk < ROOM
        # A write that finds room in part sleeps for the rest, and makes two
        # requests; so does one at the wrap. How many there are of either
        # depends on where writes and periods meet.
        yield most(what, 'requests more than writes, sleeps and wraps',
                   lambda turn: None if turn.failure else
                   turn.per_period('writes') - turn.per_period('calls')
                   - turn.per_period('slept') - 1 / turn.last['periods'], 0.05)
        yield most(what, 'out per write', per_call('notify-in'), 1)
        yield most(what, 'out', per_period('notify-in'),
                   0.05 if fit and period <= QUIET else 2.05)
        yield most(what, 'in', per_period('irq-req', 'irq-evt'),
                   1.05 if fit else 2.05)
        if not fit:
            yield most(what, 'requests per write', per_call('writes'), 0.95)

    for what in turns:
        if what.startswith('period-'):
            capture = what.endswith('capture')
            yield most(what, 'requests', per_period('writes', 'reads'), 1.05)
            notified = capture or int(what.split('-')[1]) > QUIET
            yield most(what, 'out', per_period('notify-in'),
                       1.05 if notified else 0.05)
            yield most(what, 'in', per_period('irq-req', 'irq-evt'),
                       2.05 if capture else 1.05)
        if what.startswith('chunks-'):
            yield from chunk_limits(what)
        if what.startswith('reopen-'):
            yield most(what, 'queries', median('queries', 1), 0)
        if what.startswith('latency-'):
            # Few answers are kept; the oldest go.
            yield most(what, 'queries', single('queries'), 2)
            yield most(what, 'sleeps in a write', sleeps, 0)
    yield most('memory', 'queries', single('queries'), 4)
    one, many = (spread(turns.get(what, {}).get('ours', []), crossings).median
                 for what in ('streams-1', 'streams-16'))
    if 'streams-16' in turns:
        yield ('streams-16: crossings of streams-1',
               many / one if one and many else None, 16.5)


def check(turns):
    """What does not hold, as lines. A figure that is missing does not."""
    if not any(what.startswith('period-') for what in turns):
        yield 'no period was measured'
    if not any(what.startswith('chunks-') for what in turns):
        yield 'no small writes were measured'
    for what, figure, most in limits(turns):
        if figure is None:
            yield f'{what}: no figure'
        elif figure > most:
            yield f'{what}: {figure:.2f}, at most {most}'
    for what, drivers in turns.items():
        xruns = sum(turn.xruns for turn in drivers.get('ours', []))
        if xruns and not what.startswith('smallest-'):
            yield f'{what}: {xruns} xruns'


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
