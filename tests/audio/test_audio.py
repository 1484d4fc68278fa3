#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Tests of the tools beside this file."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
# Programs have no suffix, and their cache would lie beside them.
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import align
import pcm


def program(name):
    """Import a program of this directory."""
    loader = importlib.machinery.SourceFileLoader(name, str(HERE / name))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


gen, compare, table = program('gen'), program('compare'), program('table')
mixed = program('mixed')


def unique(fmt='S16_LE', channels=2, frames=5000, seed=1):
    """A unique signal."""
    return gen.generate('unique', pcm.FORMATS[fmt], 48000, channels, frames,
                        seed)


def with_data(sound, data):
    """SOUND's format, other frames."""
    return pcm.Sound(sound.fmt, sound.rate, sound.channels,
                     np.ascontiguousarray(data))


def silence(sound, frames):
    """Silent frames for SOUND."""
    one = np.frombuffer(sound.fmt.silence() * sound.channels, np.uint8)
    return np.tile(one, (frames, 1))


def outcome(sent, data, **options):
    """The Comparison of SENT with frames DATA."""
    return compare.Comparison(sent, with_data(sent, data), **options)


def counts(sent, data):
    """lost, repeated, reordered, changed."""
    found = align.damage(sent, with_data(sent, data))
    return found.lost, found.repeated, found.reordered, found.changed


# As narrow as one byte a frame, up to eight channels of 64 bits.
SHAPES = (('S16_LE', 2), ('U8', 1), ('S8', 2), ('S16_BE', 1), ('U24_BE', 1),
          ('S24_LE', 2), ('S32_LE', 1), ('FLOAT_LE', 1), ('FLOAT64_BE', 8),
          ('MU_LAW', 1), ('IMA_ADPCM', 1), ('IEC958_SUBFRAME_LE', 2))


class Signals(unittest.TestCase):
    def test_same_arguments_give_the_same_bytes(self):
        self.assertTrue((unique().data == unique().data).all())
        self.assertFalse((unique(seed=2).data == unique().data).all())

    def test_wide_frames_are_unique_one_by_one(self):
        for fmt, channels in ('S16_LE', 2), ('S32_LE', 1), ('S8', 4):
            sound = unique(fmt, channels, 200000)
            self.assertEqual(len(np.unique(sound.data, axis=0)), len(sound))

    def test_narrow_frames_are_unique_in_runs(self):
        for fmt in pcm.FORMATS:
            hashes = align.frame_hashes(unique(fmt, 1, 100000).data)
            self.assertIsNotNone(align.unique_run(hashes), fmt)

    def test_ends_are_not_silent(self):
        for seed in range(300):
            silent = unique('U8', 1, 100, seed).silent()
            self.assertFalse(silent[0] or silent[-1])

    def test_empty_and_single(self):
        self.assertEqual(len(unique(frames=0)), 0)
        self.assertEqual(len(unique(frames=1)), 1)

    def test_music_is_loud_enough_and_not_clipped(self):
        for fmt in 'S16_LE', 'U8', 'FLOAT_LE', 'S24_3BE':
            sound = gen.generate('music', pcm.FORMATS[fmt], 44100, 2, 44100)
            peak = np.abs(pcm.decode(sound)).max()
            self.assertTrue(0.2 < peak < 0.99, f'{fmt}: {peak}')


class Formats(unittest.TestCase):
    def test_known_bytes(self):
        minus_one = np.array([[0xffffffffffffffff]], np.uint64)
        for name, raw in (('S8', 'ff'), ('S16_LE', 'ffff'),
                             ('S24_LE', 'ffffffff'), ('S24_3BE', 'ffffff'),
                             ('FLOAT_LE', '000000b4')):
            got = pcm.encode(pcm.FORMATS[name], minus_one)
            self.assertEqual(bytes(got[0]).hex(), raw, name)
        value = np.array([[0x123456]], np.uint64)
        for name, raw in (('U24_LE', '56341200'), ('U24_BE', '00123456'),
                             ('S24_3LE', '563412'), ('S24_BE', '00123456')):
            got = pcm.encode(pcm.FORMATS[name], value)
            self.assertEqual(bytes(got[0]).hex(), raw, name)

    def test_silence_is_the_kernels(self):
        for name, raw in (('U8', '80'), ('U16_LE', '0080'),
                             ('U16_BE', '8000'), ('U24_LE', '00008000'),
                             ('U24_BE', '00800000'), ('U32_BE', '80000000'),
                             ('MU_LAW', '7f'), ('A_LAW', '55'),
                             ('FLOAT64_LE', '00' * 8)):
            self.assertEqual(pcm.FORMATS[name].silence().hex(), raw)

    def test_decode_undoes_encode(self):
        for fmt in pcm.FORMATS.values():
            if fmt.kind == 'opaque':
                continue
            values = np.arange(1000, dtype=np.uint64).reshape(-1, 2) \
                * np.uint64(0x1234567) & np.uint64((1 << fmt.bits) - 1)
            sound = pcm.Sound(fmt, 1, 2, pcm.encode(fmt, values))
            again = gen.quantise(fmt, pcm.decode(sound))
            self.assertTrue((again == values).all(), fmt.name)

    def test_wav_and_raw_files(self):
        with tempfile.TemporaryDirectory() as place:
            for name in pcm.FORMATS:
                sound = unique(name, 3, 50)
                wav = name in pcm.WAV_TAGS
                path = f'{place}/x.{"wav" if wav else "raw"}'
                pcm.write(path, sound)
                again = pcm.read(path, None if wav else sound.fmt, 48000, 3)
                self.assertEqual((again.fmt, again.rate, again.channels),
                                 (sound.fmt, 48000, 3))
                self.assertTrue((again.data == sound.data).all())

    def test_part_of_a_frame_is_an_error(self):
        with self.assertRaises(ValueError):
            pcm.from_bytes(pcm.FORMATS['S16_LE'], 48000, 2, bytes(6))


class Playback(unittest.TestCase):
    def test_exact_with_and_without_padding(self):
        for fmt, channels in SHAPES:
            sent = unique(fmt, channels)
            padded = np.concatenate([sent.data, silence(sent, 199)])
            self.assertTrue(outcome(sent, sent.data).exact)
            self.assertTrue(outcome(sent, padded, period=100).exact)
            self.assertEqual(outcome(sent, padded, period=100).padding, 199)
            self.assertFalse(outcome(sent, padded, period=99).exact)
            self.assertFalse(outcome(sent, padded).exact)

    def test_padding_must_be_that_formats_silence(self):
        sent = unique('U8')
        zeros = np.concatenate([sent.data, np.zeros((9, 2), np.uint8)])
        self.assertFalse(outcome(sent, zeros, period=100).exact)

    def test_every_damage_is_seen_and_counted(self):
        for fmt, channels in SHAPES:
            with self.subTest(fmt=fmt, channels=channels):
                sent = unique(fmt, channels)
                data = sent.data
                changed = data.copy()
                changed[2000, 0] ^= 1
                cases = {
                    'one lost': (np.delete(data, 2000, 0), 1, 0),
                    'first lost': (data[1:], 1, 0),
                    'last lost': (data[:-1], 1, 0),
                    'period lost': (np.delete(data, range(480, 960), 0),
                                    480, 0),
                    'period twice': (np.concatenate(
                        [data[:960], data[480:]]), 0, 480),
                    'all twice': (np.concatenate([data, data]), 0, 5000),
                    'silence before': (np.concatenate(
                        [silence(sent, 10), data]), 0, 0),
                    'silence within': (np.concatenate(
                        [data[:480], silence(sent, 10), data[480:]]), 0, 0),
                }
                for what, (arrived, lost, repeated) in cases.items():
                    self.assertFalse(outcome(sent, arrived).exact, what)
                    self.assertEqual(counts(sent, arrived)[:2],
                                     (lost, repeated), what)
                self.assertFalse(outcome(sent, changed).exact)

    def test_changed_and_swapped(self):
        sent = unique()
        changed = sent.data.copy()
        changed[2000, 0] ^= 1
        self.assertEqual(counts(sent, changed), (1, 0, 0, 1))
        swapped = sent.data.copy()
        swapped[[2000, 2001]] = swapped[[2001, 2000]]
        self.assertEqual(counts(sent, swapped), (0, 0, 1, 0))
        self.assertFalse(outcome(sent, swapped).exact)
        periods = np.concatenate([sent.data[:480], sent.data[960:1440],
                                  sent.data[480:960], sent.data[1440:]])
        self.assertEqual(counts(sent, periods), (0, 0, 1, 0))

    def test_lost_end_replaced_by_silence(self):
        sent = unique()
        arrived = np.concatenate([sent.data[:-7], silence(sent, 7)])
        self.assertFalse(outcome(sent, arrived, period=100).exact)
        self.assertEqual(counts(sent, arrived), (7, 0, 0, 0))

    def test_first_difference_is_shown(self):
        sent = unique()
        changed = sent.data.copy()
        changed[2000, 0] ^= 1
        lines = outcome(sent, changed).report()
        self.assertIn('exact=no lost=1 repeated=0 padding=0', lines[0])
        self.assertIn('frame 2000 ', lines[1])
        self.assertIn('changed=1', lines[1])

    def test_repetitive_signal_has_no_counts(self):
        sent = with_data(unique(), np.ones((500, 4), np.uint8))
        report = outcome(sent, sent.data[1:]).report()[0]
        self.assertIn('exact=no lost=? repeated=?', report)

    def test_nothing_received(self):
        sent = unique()
        result = outcome(sent, sent.data[:0])
        self.assertFalse(result.exact)
        self.assertIn('lost=5000', result.report()[0])

    def test_other_format_same_values(self):
        for here, there in (('S16_BE', 'S16_LE'), ('S24_LE', 'S24_3LE'),
                            ('U16_BE', 'S16_LE'), ('S8', 'U8')):
            values = np.arange(200, dtype=np.uint64).reshape(-1, 2)
            one, other = pcm.FORMATS[here], pcm.FORMATS[there]
            sent = pcm.Sound(one, 8000, 2, pcm.encode(one, values))
            as_there = gen.quantise(other, pcm.decode(sent))
            received = pcm.Sound(other, 8000, 2, pcm.encode(other, as_there))
            self.assertTrue(compare.Comparison(sent, received).exact)
            received.data[50, 0] ^= 1
            self.assertFalse(compare.Comparison(sent, received).exact)

    def test_other_rate_or_channels_is_an_error(self):
        with self.assertRaises(ValueError):
            compare.Comparison(unique(channels=1), unique(channels=2))


class Capture(unittest.TestCase):
    def test_prefix_and_silent_end(self):
        for fmt, channels in SHAPES:
            sent = unique(fmt, channels)
            longer = np.concatenate([sent.data, silence(sent, 3000)])
            for arrived in sent.data, sent.data[:700], longer:
                self.assertTrue(outcome(sent, arrived, kind='capture').exact)

    def test_must_begin_at_the_first_frame(self):
        sent = unique()
        late = outcome(sent, sent.data[1:900], kind='capture')
        self.assertFalse(late.exact)
        self.assertIn('lost=1 ', late.report()[0])
        early = np.concatenate([silence(sent, 5), sent.data])
        self.assertFalse(outcome(sent, early, kind='capture').exact)

    def test_nothing_but_silence_may_follow(self):
        sent = unique()
        again = np.concatenate([sent.data, sent.data[:5]])
        self.assertFalse(outcome(sent, again, kind='capture').exact)

    def test_too_short(self):
        sent = unique()
        for least, exact in (700, True), (701, False):
            self.assertEqual(outcome(sent, sent.data[:700], kind='capture',
                                     least=least).exact, exact)


class Loop(unittest.TestCase):
    def test_silence_around(self):
        for fmt, channels in SHAPES:
            sent = unique(fmt, channels)
            around = silence(sent, 700)
            for arrived in ((around, sent.data, around), (sent.data, around),
                            (around, sent.data)):
                self.assertTrue(outcome(sent, np.concatenate(arrived),
                                        kind='loop').exact)

    def test_damage(self):
        sent = unique()
        around, data = silence(sent, 700), sent.data
        for arrived, lost in (((around, data[1:], around), 1),
                              ((around, data[:-1], around), 1),
                              ((around, data[:50], data[51:]), 1),
                              ((data[:50], around, data[50:]), 0),
                              ((around, data, data[:3]), 0),
                              ((around,), 5000)):
            found = outcome(sent, np.concatenate(arrived), kind='loop')
            self.assertFalse(found.exact)
            self.assertIn(f'lost={lost} ', found.report()[0])

    def test_silence_that_was_sent(self):
        sent = unique()
        quiet = with_data(sent, np.concatenate([silence(sent, 9), sent.data]))
        around = silence(sent, 5)
        longer = np.concatenate([around, quiet.data])
        self.assertTrue(outcome(quiet, longer, kind='loop').exact)
        self.assertFalse(outcome(quiet, quiet.data[1:], kind='loop').exact)


class Sums(unittest.TestCase):
    """What the program 'mixed' sees."""

    def setUp(self):
        self.sent = [
            mixed.samples(gen.generate('quiet', pcm.FORMATS['S16_LE'], 48000,
                                       2, 20000, seed)) for seed in (1, 2)]
        self.received = np.zeros((50000, 2), np.int64)
        self.received[300:20300] += self.sent[0]
        self.received[9000:29000] += self.sent[1]

    def said(self, *args, **options):
        lines, exact = mixed.report(self.received, *args, **options)
        return lines[0].split(' ', 1)[1], exact

    def test_the_sum_of_two(self):
        self.assertEqual(self.said(self.sent), (
            'exact=yes at=300,9000 holes=0 missing=0 changed=0', True))

    def test_one_that_was_not_sent_or_does_not_arrive(self):
        self.assertFalse(self.said(self.sent[:1])[1])
        self.received[9000:29000] -= self.sent[1]
        self.assertFalse(self.said(self.sent)[1])

    def test_one_sample(self):
        self.received[12345, 1] += 1
        self.assertEqual(self.said(self.sent), (
            'exact=no at=300,9000 holes=0 missing=0 changed=1', False))
        self.assertTrue(self.said(self.sent, within=1)[1])

    def test_cut_off(self):
        for part in slice(0, 28999), slice(301, None):
            lines, exact = mixed.report(self.received[part], self.sent)
            self.assertFalse(exact)
            self.assertIn('missing=1 ', lines[0])

    def test_a_hole_is_silent_and_in_time(self):
        self.received[9000:29000] -= self.sent[1]
        self.received[5000:7000] = 0
        self.assertFalse(self.said(self.sent[:1])[1])
        self.assertEqual(self.said(self.sent[:1], holes=True), (
            'exact=yes at=300 holes=1 missing=2000 changed=0', True))
        self.received[5000:48000] = self.received[6000:49000]
        self.assertFalse(self.said(self.sent[:1], holes=True)[1])

    def test_nothing(self):
        self.assertFalse(mixed.report(np.zeros((9, 2), np.int64),
                                      self.sent[:1])[1])

    def test_a_part_without_a_break(self):
        sent, part = self.sent[0], self.sent[0][3000:9000].copy()
        self.assertEqual(mixed.part_of(part, sent, 6000), (
            ['received=6000 exact=yes at=3000 changed=0'], True))
        self.assertFalse(mixed.part_of(part, sent, 6001)[1])
        part[77] += 1
        self.assertFalse(mixed.part_of(part, sent, 6000)[1])
        self.assertTrue(mixed.part_of(part, sent, 6000, within=1)[1])
        late = np.vstack((part[:100] * 0, part[:100] * (0, 1), part))
        self.assertTrue(mixed.part_of(late, sent, 6000, within=1)[1])
        self.assertFalse(mixed.part_of(late, sent, 6001, within=1)[1])
        for broken in (np.delete(part, 4000, 0),
                       np.vstack((sent[-100:], sent[:5000]))):
            self.assertFalse(mixed.part_of(broken, sent, 1, within=1)[1])


class Programs(unittest.TestCase):
    """Each program as it is called."""

    def run_it(self, *words, stdin=''):
        done = subprocess.run([str(HERE / words[0]), *map(str, words[1:])],
                              input=stdin, capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def test_gen_compare_plot(self):
        with tempfile.TemporaryDirectory() as name:
            place = pathlib.Path(name)
            sent, received = place / 's.wav', place / 'r.raw'
            self.assertEqual(self.run_it('gen', 'unique', sent, '--seconds',
                                         '0.5'), (0, ''))
            received.write_bytes(sent.read_bytes()[44:])
            self.assertEqual(
                self.run_it('compare', sent, received),
                (0, 'sent=24000 received=24000 exact=yes lost=0 repeated=0 '
                    'padding=0\n'))
            received.write_bytes(sent.read_bytes()[48:])
            status, text = self.run_it('compare', sent, received)
            self.assertEqual(status, 1)
            self.assertIn('exact=no lost=1 repeated=0', text)
            png = place / 'p.png'
            self.assertEqual(self.run_it('plot', png, 'a title', sent,
                                         received), (0, ''))
            self.assertEqual(png.read_bytes()[:4], b'\x89PNG')

    def test_missing_file_is_not_exact(self):
        status, text = self.run_it('compare', '/nonexistent', '/dev/null')
        self.assertEqual(status, 1)
        self.assertIn('exact=no', text)

    def test_table(self):
        good = ('name="speech, RW" sent=10 received=10 exact=yes xruns=0 '
                'periods=4 requests=6\n')
        status, text = self.run_it('table', '--check', stdin=good)
        self.assertEqual(status, 0)
        lines = text.splitlines()
        self.assertEqual(len({len(line) for line in lines}), 1)
        self.assertTrue(lines[2].startswith('speech, RW'))
        self.assertTrue(lines[2].endswith('1.50'))
        for bad in good.replace('yes', 'no'), good.replace('s=0', 's=1'), '':
            self.assertEqual(self.run_it('table', '--check', stdin=bad)[0], 1)


if __name__ == '__main__':
    unittest.main()
