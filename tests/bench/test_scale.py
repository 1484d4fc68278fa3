#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Tests of scale.py."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import scale

STREAMS = 1, 32
COUNTS = 20, 60


def text(rows):
    """Lines of key=value words."""
    return ''.join(' '.join(f'{key}={value}' for key, value in row.items()) +
                   '\n' for row in rows)


class Results:
    """Files as a run leaves them, all good but for what is changed.

    CHANGE is added to each period's share, in runs of MANY streams alone.
    """

    def __init__(self, change=None, late=0, rest=0, left=0):
        self.rows, self.stats = [], []
        self.change, self.late = change or {}, late
        self.line('connect', 0)
        for streams in STREAMS:
            self.line('connect', streams)
            self.line('rest', streams, slept=rest)
            for way in scale.WAYS:
                for count in COUNTS:
                    self.play(way, streams, count)
        self.line('connect', 0, fds=9 + left)

    def line(self, what, streams, **words):
        """One line; what is not given is as it should be."""
        self.rows.append({
            'what': what, 'streams': streams, 'count': 0, 'period': 1024,
            'periods': 8, 'events': 0, 'notified': 0, 'cpu-ns': 0, 'slept': 0,
            'preempted': 0, 'faults': 0, 'rss-kb': 3000 + 16 * streams,
            'threads': 2 + streams, 'fds': 9 + 4 * streams, 'dom0-ns': 0,
            'own-ns': 0, 'ns': 10 ** 9, **words})

    def play(self, way, streams, count):
        """A run and its statistics."""
        each = {'events': 1, 'cpu-ns': 24000, 'slept': 1, 'dom0-ns': 60000,
                'own-ns': 20000, 'faults': 0, 'wakeups': 1}
        if streams > 1:
            for key, value in self.change.items():
                each[key] += value
        done = {key: 5 * streams + int(streams * count * value)
                for key, value in each.items()}
        done['events'] = int(streams * count * each['events'])
        began = len(self.stats)
        wakeups = done.pop('wakeups')
        for _ in range(streams):
            self.stats.append({
                'wakeups': wakeups // streams, 'notify-evt': count,
                'late': self.late, 'underruns': 0, 'delay-us': 20})
        self.line(way, streams, count=count, began=began,
                  ended=len(self.stats), **done)

    def save(self, place):
        """Write the files."""
        path = pathlib.Path(place, 'dom0')
        path.mkdir()
        (path / 'scale').write_text(text(self.rows), 'utf-8')
        (path / 'stats').write_text(text(self.stats), 'utf-8')

    def load(self):
        """As scale.py sees them."""
        with tempfile.TemporaryDirectory() as place:
            self.save(place)
            return scale.load(pathlib.Path(place))

    def wrong(self):
        """The complaints."""
        return list(scale.check(self.load()))


class Figures(unittest.TestCase):
    def test_what_is_the_same_in_both_runs_does_not_count(self):
        one, many = scale.plays(Results().load(), 'spread')
        for play, streams in (one, 1), (many, 32):
            self.assertEqual(play.streams, streams)
            self.assertEqual(play.per_period('cpu-ns'), 24000)
            self.assertAlmostEqual(play.per_second('cpu-ns'), 1125000)
            self.assertEqual(play.per_period('slept'), 1)
            self.assertEqual(play.others_ns, 40000)

    def test_the_latest_of_all_streams(self):
        results = Results()
        results.stats[-1]['delay-us'] = 700
        plays = scale.plays(results.load(), 'together')
        self.assertEqual([play.delay_us for play in plays], [20, 700])


class Check(unittest.TestCase):
    """What is too much is found, and so is what is missing."""

    def found(self, results, *words):
        """WORDS are all in one of the complaints."""
        wrong = results.wrong()
        self.assertTrue(any(all(word in line for word in words)
                            for line in wrong), wrong)

    def test_good(self):
        self.assertEqual(Results().wrong(), [])

    def test_growth(self):
        self.assertEqual(Results({'cpu-ns': 4700}).wrong(), [])
        self.assertEqual(Results({'cpu-ns': -3900}).wrong(), [])
        self.found(Results({'cpu-ns': 4900}), 'spread: a period costs',
                   '24.0 to 28.9 us')
        self.found(Results({'cpu-ns': 4900}), 'together', '28.9 us')
        self.found(Results({'cpu-ns': -4100}), 'from 19.9 to 24.0 us')

    def test_counts(self):
        self.found(Results({'slept': 1}), '32 streams', '2.000 wake-ups')
        self.found(Results({'wakeups': 1}), '32 streams', '2.000 poll()s')
        self.found(Results({'faults': 1}), '32 streams', 'page faults')
        self.found(Results({'events': -0.5}), '32 streams', '960 events')
        self.found(Results(late=1), '1 streams', '2 late')

    def test_rest_and_end(self):
        self.found(Results(rest=3), 'at rest: 3 wake-ups')
        self.found(Results(left=1), 'fds: 9 before, 10 after')

    def test_what_is_missing(self):
        for what, words in (('spread', ['nothing to compare']),
                            ('rest', ['rest: not measured'])):
            results = Results()
            results.rows = [row for row in results.rows
                            if row['what'] != what]
            self.found(results, *words)
        results = Results()
        del results.rows[-1]
        self.found(results, 'its end')
        results = Results()
        del results.stats[-1]
        self.found(results, 'statistics of 31 streams')


class Program(unittest.TestCase):
    def call(self, results):
        """Status, standard output, the files' names."""
        with tempfile.TemporaryDirectory() as place:
            results.save(place)
            out = io.StringIO()
            with contextlib.redirect_stdout(out), \
                    mock.patch.object(sys, 'argv', ['scale.py', place]), \
                    self.assertRaises(SystemExit) as ended:
                scale.main()
            names = sorted(path.name for path in pathlib.Path(place).iterdir())
            return int(ended.exception.code), out.getvalue(), names

    def test_all_files(self):
        status, out, names = self.call(Results())
        self.assertEqual(status, 0)
        self.assertEqual(names, ['dom0', 'scale.csv', 'scale.png',
                                 'scale.txt'])
        self.assertIn('    32     1.125   24.00    40.00    1.000', out)

    def test_too_much_is_a_failure(self):
        status, out, _ = self.call(Results(late=1))
        self.assertEqual(status, 1)
        self.assertIn('does not scale: spread, 1 streams: 2 late', out)


if __name__ == '__main__':
    unittest.main()
