#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Tests of report.py and of what it is made of."""

import contextlib
import csv
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
import measures
import report


def text(words):
    """A line of key=value words."""
    return ' '.join(f'{key}={value}' for key, value in words.items()) + '\n'


class Results:
    """Files as a benchmark leaves them."""

    def __init__(self):
        self.runs, self.marks, self.stats = [], [], []
        self.time = {'guest-ns': 0, 'dom0-ns': 0}

    def mark(self, **more):
        """One mark; return its name."""
        self.marks.append({'mark': len(self.marks), **self.time,
                           'stats': len(self.stats), **more})
        return len(self.marks) - 1

    def run(self, driver, what, count, each, **words):
        """A run in which a period costs EACH and the rest always the same."""
        streams = words.get('streams', 1)
        began = self.mark()
        done = words.get('done', count * streams)
        for _ in range(streams):
            self.stats.append({key: 7 + each.get(key, 0) * done // streams
                               for key in measures.BACKEND})
            self.stats[-1]['queries'] = each.get('queries', 0)
        self.time['guest-ns'] += 5000 + done * each.get('guest-ns', 0)
        ended = self.mark(**({'hypercalls': 30 + done * each['hypercalls'],
                              'lost': each.get('lost', 0)}
                             if 'hypercalls' in each else {}))
        self.runs.append({
            'driver': driver, 'round': 1, 'what': what, 'count': count,
            'streams': streams, 'period': 1024, 'periods': 8, 'done': done,
            'xruns': 0, 'status': 'ok', 'sleeps': 0, 'began': began,
            'ended': ended,
            'calls': done * each.get('calls', 1),
            **{key: 3 + done * each.get(key, 0) for key in measures.GUEST},
            **words})

    def pair(self, driver, what, each, **words):
        """A short and a long run."""
        self.run(driver, what, 40, each, **words)
        self.run(driver, what, 240, each, **words)

    def save(self, place):
        """Write the files."""
        for name, rows in (('domu1/runs', self.runs),
                           ('dom0/marks', self.marks),
                           ('dom0/stats', self.stats)):
            path = pathlib.Path(place, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(''.join(map(text, rows)), 'utf-8')

    def turns(self):
        """As the report sees them."""
        with tempfile.TemporaryDirectory() as place:
            self.save(place)
            return measures.turns(measures.load(place))


GOOD = {'writes': 1, 'requests': 1, 'irq-evt': 1, 'guest-ns': 100000,
        'hypercalls': 18}


def good_results(small=True, **change):
    """All that check() asks for, but for what is changed."""
    results = Results()
    each = {**GOOD, **change}
    results.pair('ours', 'period-1024-rw', each)
    if small:
        results.pair('ours', 'chunks-1024-100',
                     {'calls': 11, 'writes': 11, 'irq-evt': 1})
    results.run('ours', 'latency-1024', 200, {})
    results.run('ours', 'memory', 1, {'queries': 2})
    return results


class Figures(unittest.TestCase):
    def one(self, results, what, driver='ours'):
        """The only turn of WHAT."""
        return results.turns()[what][driver][0]

    def test_what_is_the_same_in_both_runs_does_not_count(self):
        turn = self.one(good_results(), 'period-1024-rw')
        self.assertEqual(turn.per_period('writes'), 1)
        self.assertEqual(turn.per_period('notify-in'), 0)
        self.assertEqual(turn.per_period('irq-req', 'irq-evt'), 1)
        self.assertEqual(turn.per_period('guest-ns'), 100000)
        self.assertEqual(turn.per_period('hypercalls'), 18)
        self.assertAlmostEqual(turn.per_second('irq-evt'), 46.875)

    def test_several_streams(self):
        results = Results()
        results.pair('ours', 'streams-4', GOOD, streams=4)
        turn = self.one(results, 'streams-4')
        self.assertEqual(turn.per_period('writes'), 1)
        self.assertAlmostEqual(turn.per_second('irq-evt'), 4 * 46.875)

    def test_failures_are_figures_of_nothing(self):
        for words, shown in (
                ({'status': 'EIO', 'where': 'write', 'done': 7},
                 'EIO at write'),
                ({'status': 'xrun', 'xruns': 21, 'done': 9}, 'xruns'),
                ({'status': 'EINVAL', 'where': 'snd_pcm_set_access',
                  'done': 0}, 'not offered')):
            results = Results()
            results.pair('stock', 'period-64-rw', GOOD, **words)
            found = measures.spread(results.turns()['period-64-rw']['stock'],
                                    report.per_period('writes'))
            self.assertEqual((found.median, found.text(2)), (None, shown))

    def test_a_failed_open_has_no_figures_at_all(self):
        results = Results()
        results.run('stock', 'latency-1024', 200, {}, status='EINVAL', done=0)
        turn = self.one(results, 'latency-1024', 'stock')
        self.assertIsNone(turn.single('open-ns'))

    def test_lost_records_make_no_count(self):
        results = Results()
        results.pair('ours', 'calls-1024-rw', {'hypercalls': 18, 'lost': 1})
        turn = self.one(results, 'calls-1024-rw')
        self.assertIsNone(turn.per_period('hypercalls'))

    def test_xruns_stand_beside_the_figure(self):
        results = Results()
        results.pair('ours', 'period-64-rw', GOOD, xruns=2)
        found = measures.spread(results.turns()['period-64-rw']['ours'],
                                report.per_period('writes'))
        self.assertEqual(found.text(2), '1.00 (4 xruns)')

    def test_median_and_range(self):
        self.assertEqual(measures.Spread([3, 1, 2]).text(1), '2.0 [1.0 3.0]')
        self.assertEqual(measures.Spread([1, 1]).text(0), '1')
        self.assertEqual(measures.Spread([]).text(0), '-')

    def test_median_of_runs(self):
        results = Results()
        for ns in 900000, 500000, 700000:
            results.run('ours', 'reopen-1024', 1, {}, **{'open-ns': ns})
        turn = self.one(results, 'reopen-1024')
        self.assertEqual(report.median('open-ns', 1e6)(turn), 0.7)
        turn.runs[1]['status'] = 'EIO'
        self.assertIsNone(report.median('open-ns', 1e6)(turn))

    def test_smallest_period(self):
        results = Results()
        for period, status in (32, 'xrun'), (64, 'EIO'), (128, 'ok'):
            results.run('stock', 'smallest-idle-4', 9, {}, period=period,
                        status=status)
        all_turns = results.turns()['smallest-idle-4']['stock']
        self.assertEqual(report.smallest(all_turns).text(0), '128')
        for run in all_turns[0].runs:
            run['status'] = 'xrun'
        self.assertEqual(report.smallest(all_turns).text(0), 'none')


class Check(unittest.TestCase):
    """What is too much is found, and so is what is missing."""

    def wrong(self, results):
        """The complaints' subjects."""
        return [line.split(':')[0] + ':' + line.split(':')[1]
                for line in report.check(results.turns())]

    def test_good(self):
        self.assertEqual(self.wrong(good_results()), [])

    def test_each_count(self):
        for change, what in (({'writes': 2}, 'requests'),
                             ({'notify-in': 1}, 'out'),
                             ({'irq-evt': 2}, 'in'), ({'irq-req': 1}, 'in')):
            self.assertEqual(self.wrong(good_results(**change)),
                             [f'period-1024-rw: {what}'])

    def test_large_periods_are_notified(self):
        results = good_results()
        results.pair('ours', 'period-4096-rw', {**GOOD, 'notify-in': 1})
        self.assertEqual(self.wrong(results), [])
        results.pair('ours', 'period-256-rw', {**GOOD, 'notify-in': 1})
        self.assertEqual(self.wrong(results), ['period-256-rw: out'])

    def test_small_writes(self):
        for what, each, wrong in (
                ('chunks-1024-24', {'calls': 43, 'writes': 33}, None),
                ('chunks-1024-24', {'calls': 43, 'writes': 42},
                 'requests per write'),
                ('chunks-1024-24', {'calls': 43, 'irq-req': 2, 'irq-evt': 1},
                 'in'),
                ('chunks-1024-24', {'calls': 43, 'notify-in': 3}, 'out'),
                ('chunks-1024-100', {'calls': 10, 'writes': 11, 'slept': 1}, None),
                ('chunks-1024-100', {'calls': 10, 'writes': 12, 'slept': 2},
                 None),
                ('chunks-1024-100', {'calls': 10, 'writes': 12, 'slept': 1},
                 'requests more than writes, sleeps and wraps'),
                ('chunks-1024-100', {'calls': 10, 'notify-in': 1}, 'out'),
                ('chunks-1024-100', {'calls': 10, 'irq-req': 1, 'irq-evt': 1},
                 'in'),
                ('chunks-1024-512', {'calls': 2, 'writes': 2, 'notify-in': 3},
                 'out per write')):
            results = good_results(small=False)
            results.pair('ours', what, each)
            found = self.wrong(results)
            if wrong:
                self.assertIn(f'{what}: {wrong}', found)
            else:
                self.assertEqual(found, [])

    def test_queries_and_sleeps(self):
        results = good_results()
        results.run('ours', 'latency-256', 200, {'queries': 3}, sleeps=3)
        self.assertEqual(self.wrong(results), [
            'latency-256: queries', 'latency-256: sleeps in a write'])

    def test_growth(self):
        results = good_results()
        results.pair('ours', 'streams-1', GOOD)
        results.pair('ours', 'streams-16', GOOD, streams=16)
        self.assertEqual(self.wrong(results), [])
        results = good_results()
        results.pair('ours', 'streams-1', GOOD)
        results.pair('ours', 'streams-16', {**GOOD, 'irq-evt': 2}, streams=16)
        self.assertEqual(self.wrong(results),
                         ['streams-16: crossings of streams-1'])

    def test_xruns_failures_and_nothing(self):
        results = good_results()
        results.pair('ours', 'fill-4', GOOD, xruns=1)
        self.assertEqual(self.wrong(results), ['fill-4: 2 xruns'])
        results = good_results()
        results.pair('ours', 'period-64-rw', GOOD, status='EIO')
        self.assertEqual(len(self.wrong(results)), 3)
        results = Results()
        results.run('ours', 'memory', 1, {'queries': 2})
        self.assertIn('no period was measured',
                      list(report.check(results.turns())))


class Program(unittest.TestCase):
    def call(self, results):
        """Status, standard output, CSV rows, bytes of the chart."""
        with tempfile.TemporaryDirectory() as place:
            results.save(place)
            out = io.StringIO()
            with contextlib.redirect_stdout(out), \
                    mock.patch.object(sys, 'argv', ['report.py', place]), \
                    self.assertRaises(SystemExit) as ended:
                report.main()
            table = pathlib.Path(place, 'bench.csv').read_text('utf-8')
            rows = list(csv.DictReader(table.splitlines()))
            png = pathlib.Path(place, 'bench.png').read_bytes()
            return int(ended.exception.code), out.getvalue(), rows, png

    def test_all_files(self):
        results = good_results()
        results.pair('stock', 'period-1024-rw',
                     {**GOOD, 'irq-req': 2, 'guest-ns': 200000})
        results.pair('dummy', 'period-1024-rw', {'guest-ns': 90000})
        status, out, rows, png = self.call(results)
        self.assertEqual(status, 0)
        self.assertEqual(len(rows), 10)
        self.assertEqual(png[:4], b'\x89PNG')
        cpu = next(line for line in out.splitlines() if 'guest CPU, us' in line)
        self.assertEqual(cpu.split()[3:],
                         ['200.0', '100.0', '0.50', '90.0', 'snd-dummy'])

    def test_too_much_is_a_failure(self):
        status, out, _, _ = self.call(good_results(writes=2))
        self.assertEqual(status, 1)
        self.assertIn('not at the floor: period-1024-rw: requests: 2.00', out)


if __name__ == '__main__':
    unittest.main()
