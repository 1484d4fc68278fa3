# SPDX-License-Identifier: GPL-2.0 OR MIT
"""What a run of the benchmark has left, as figures.

The guest's runs, Dom0's marks and the backend's statistics are lines of
key=value words. A run names the marks before and after it; a mark says how many
lines of statistics there were.
"""

import dataclasses
import pathlib
import statistics

RATE = 48000
DRIVERS = 'stock', 'ours'
# snd-dummy: an application with a card that does nothing
FLOOR = 'dummy'
# Counts that grow with what is played; a period's share of each comes from
# the difference of two runs.
GUEST = ('irq-req', 'irq-evt', 'ctxt', 'slept', 'preempted', 'process-ns')
XEN = ('guest-ns', 'dom0-ns')
BACKEND = ('requests', 'writes', 'reads', 'queries', 'notify-in',
           'notify-rsp', 'notify-evt', 'wakeups')


def number(text):
    """A figure, or the text if it is none."""
    try:
        return int(text)
    except ValueError:
        return text


def lines(path):
    """A file of key=value words as a list of dicts."""
    return [{key: number(value) for key, value in
             (word.split('=', 1) for word in line.split() if '=' in word)}
            for line in pathlib.Path(path).read_text('utf-8').splitlines()]


def merge(run, marks, stats):
    """RUN with the counts of Dom0 and of the backend; one that hung has none."""
    if 'ended' not in run:
        return run
    began, ended = marks[run['began']], marks[run['ended']]
    run = dict(run)
    for key in XEN:
        run[key] = ended[key] - began[key]
    for key, value in ended.items():
        if key.startswith('hypercall') or key == 'lost':
            run[key] = value
    part = stats[began['stats']:ended['stats']]
    for key in BACKEND:
        run[key] = sum(line[key] for line in part)
    run['grants'] = began.get('grants')
    run['grants-open'] = marks.get(run.get('middle'), {}).get('grants')
    return run


def load(out):
    """All runs of the results in directory OUT, in order."""
    out = pathlib.Path(out)
    marks = {line['mark']: line for line in lines(out / 'dom0/marks')}
    stats = lines(out / 'dom0/stats')
    return [merge(run, marks, stats) for run in lines(out / 'domu1/runs')]


def failure(run):
    """Why RUN is of no use, or None."""
    if str(run.get('where')).endswith('set_access'):
        return 'not offered'
    if run['status'] not in ('ok', 'xrun'):
        return f'{run["status"]} at {run.get("where", "?")}'
    if run.get('lost'):
        return 'trace lost'
    return 'xruns' if run['status'] == 'xrun' else None


@dataclasses.dataclass
class Turn:
    """One measurement in one turn of a driver: a single run or a pair."""
    runs: list

    @property
    def last(self):
        """The longer run, or the only one."""
        return self.runs[-1]

    @property
    def failure(self):
        """Why there is no figure, or None."""
        return next(filter(None, map(failure, self.runs)), None)

    @property
    def xruns(self):
        """Of all runs."""
        return sum(run.get('xruns', 0) for run in self.runs)

    def per_period(self, *keys):
        """What a period of one stream adds to the sum of KEYS."""
        short, long = self.runs[0], self.runs[-1]
        more = long.get('done', 0) - short.get('done', 0)
        if len(self.runs) != 2 or more <= 0 or self.failure:
            return None
        # A trace without a single call has no such word.
        return sum(long.get(key, 0) - short.get(key, 0)
                   for key in keys) / more

    def per_call(self, *keys):
        """What a read or write adds to the sum of KEYS."""
        value = self.per_period(*keys)
        calls = self.per_period('calls')
        return value / calls if value is not None and calls else None

    def per_second(self, *keys):
        """What a second of audio on all streams adds to the sum of KEYS."""
        value = self.per_period(*keys)
        if value is None:
            return None
        return value * self.last['streams'] * RATE / self.last['period']

    def single(self, key, minus=0):
        """A figure that the longer run has by itself."""
        value = self.last.get(key)
        if value is None or self.failure:
            return None
        return value - minus


def turns(runs):
    """{what: {driver: [Turn of each round]}} in the order of the runs."""
    grouped = {}
    for run in runs:
        grouped.setdefault((run['what'], run['driver'], run['round']),
                           []).append(run)
    result = {}
    for (what, driver, _), group in grouped.items():
        result.setdefault(what, {}).setdefault(driver, []).append(Turn(group))
    return result


@dataclasses.dataclass
class Spread:
    """Median, least and greatest of what several rounds gave."""
    values: list
    note: str = ''

    @property
    def median(self):
        """None if there is no value."""
        return statistics.median(self.values) if self.values else None

    def text(self, digits):
        """As in the table."""
        if not self.values:
            return self.note or '-'
        middle, least, most = (f'{value:.{digits}f}' for value in (
            self.median, min(self.values), max(self.values)))
        text = middle if least == most else f'{middle} [{least} {most}]'
        return f'{text} {self.note}'.strip()


def spread(all_turns, measure):
    """MEASURE, a function of a Turn, over ALL_TURNS."""
    values = [value for turn in all_turns
              if (value := measure(turn)) is not None]
    # A count with xruns is not what it says.
    xruns = sum(turn.xruns for turn in all_turns)
    failed = next(filter(None, (turn.failure for turn in all_turns)), None)
    if failed and not values:
        return Spread([], failed)
    return Spread(values, f'({xruns} xruns)' if xruns else '')
