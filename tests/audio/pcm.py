# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Sample formats and sound files, down to the last bit.

The tools beside this file compare what was sent with what arrived, so nothing
here may scale, dither or round: a sound is an array of frames, a frame is a
row of bytes as they stand in the file. Only sounds of different formats are
ever decoded, to values that both can express exactly.
"""

import dataclasses
import struct

import numpy as np


@dataclasses.dataclass(frozen=True)
class Format:
    """A sample format under its ALSA name."""

    name: str
    kind: str           # int, uint, float or opaque
    bits: int           # that carry the value
    size: int         # that a sample takes in memory
    big: bool = False

    def silence(self):
        """One silent sample, as the kernel's snd_pcm_format_set_silence()."""
        if self.name in COMPANDED_ZERO:
            return bytes([COMPANDED_ZERO[self.name]])
        middle = 1 << (self.bits - 1) if self.kind == 'uint' else 0
        return middle.to_bytes(self.size, 'big' if self.big else 'little')


COMPANDED_ZERO = {'MU_LAW': 0x7f, 'A_LAW': 0x55}


def _formats():
    yield Format('S8', 'int', 8, 1)
    yield Format('U8', 'uint', 8, 1)
    for suffix, big in ('LE', False), ('BE', True):
        for bits in 16, 24, 32:
            raw = 2 if bits == 16 else 4
            yield Format(f'S{bits}_{suffix}', 'int', bits, raw, big)
            yield Format(f'U{bits}_{suffix}', 'uint', bits, raw, big)
        yield Format(f'S24_3{suffix}', 'int', 24, 3, big)
        yield Format(f'U24_3{suffix}', 'uint', 24, 3, big)
        yield Format(f'FLOAT_{suffix}', 'float', 24, 4, big)
        yield Format(f'FLOAT64_{suffix}', 'float', 53, 8, big)
        yield Format(f'IEC958_SUBFRAME_{suffix}', 'opaque', 32, 4, big)
    for name in 'MU_LAW', 'A_LAW':
        yield Format(name, 'opaque', 8, 1)
    # Coded streams have no samples of their own: count bytes.
    for name in 'IMA_ADPCM', 'MPEG', 'GSM':
        yield Format(name, 'opaque', 8, 1)


FORMATS = {f.name: f for f in _formats()}


def find_format(name):
    """Format NAME, in ALSA's or in sndif.h's spelling."""
    name = name.upper()
    if name not in FORMATS:
        raise ValueError(f'unknown sample format {name}')
    return FORMATS[name]


@dataclasses.dataclass
class Sound:
    """Frames of one format; data is (frames, bytes per frame) of uint8."""

    fmt: Format
    rate: int
    channels: int
    data: np.ndarray

    def __len__(self):
        return len(self.data)

    @property
    def frame_bytes(self):
        return self.fmt.size * self.channels

    def silent(self):
        """Which frames are silence: one bool a frame."""
        one = np.frombuffer(self.fmt.silence() * self.channels, np.uint8)
        return (self.data == one).all(axis=1)


def from_bytes(fmt, rate, channels, raw):
    """The Sound of a string of bytes; a part of a frame is an error."""
    size = fmt.size * channels
    if len(raw) % size:
        raise ValueError(f'{len(raw)} bytes are not a whole number of '
                         f'frames of {size}')
    data = np.frombuffer(raw, np.uint8).reshape(-1, size)
    return Sound(fmt, rate, channels, data)


def encode(fmt, values):
    """Bytes of VALUES, integers of fmt.bits bits, seen as two's complement.

    VALUES is (frames, channels) of uint64. Integers are sign-extended to the
    sample's size; a float's value is the integer over 2^(bits - 1).
    """
    values = values.astype(np.uint64)
    order = '>' if fmt.big else '<'
    if fmt.kind in ('int', 'float'):
        shift = np.uint64(64 - fmt.bits)
        values = (values << shift).view(np.int64) >> shift.astype(np.int64)
    if fmt.kind == 'float':
        scaled = values / 2.0 ** (fmt.bits - 1)
        wide = scaled.astype(f'{order}f{fmt.size}')
        raw = wide.view(np.uint8).reshape(*values.shape, fmt.size)
    else:
        wide = values.astype(f'{order}u8' if values.dtype == np.uint64
                             else f'{order}i8')
        raw = wide.view(np.uint8).reshape(*values.shape, 8)
        raw = raw[..., -fmt.size:] if fmt.big \
            else raw[..., :fmt.size]
    return np.ascontiguousarray(raw).reshape(
        len(values), fmt.size * values.shape[1])


def decode(sound):
    """Values of SOUND as (frames, channels) of float64 in [-1, 1).

    Exact for every format that has values: 53 bits hold them all.
    """
    fmt = sound.fmt
    raw = sound.data.reshape(len(sound), sound.channels, fmt.size)
    if fmt.kind == 'opaque':
        raise ValueError(f'{fmt.name} has no plain sample values')
    if fmt.kind == 'float':
        order = '>' if fmt.big else '<'
        flat = np.ascontiguousarray(raw).view(f'{order}f{fmt.size}')
        return flat[..., 0].astype(np.float64)
    significant = fmt.bits // 8
    raw = raw[..., ::-1] if fmt.big else raw
    wide = np.zeros((*raw.shape[:2], 8), np.uint8)
    wide[..., 8 - significant:] = raw[..., :significant]
    left = wide.view('<u8')[..., 0]
    if fmt.kind == 'uint':
        left = left ^ np.uint64(1 << 63)
    return left.view(np.int64) / 2.0 ** 63


# WAVE format tags and, as aplay and libsndfile agree, what they can carry.
TAG_PCM, TAG_FLOAT, TAG_ALAW, TAG_MULAW, TAG_EXTENSIBLE = 1, 3, 6, 7, 0xfffe
WAV_TAGS = {'U8': TAG_PCM, 'S16_LE': TAG_PCM, 'S24_LE': TAG_PCM,
            'S24_3LE': TAG_PCM, 'S32_LE': TAG_PCM, 'FLOAT_LE': TAG_FLOAT,
            'FLOAT64_LE': TAG_FLOAT, 'A_LAW': TAG_ALAW, 'MU_LAW': TAG_MULAW}


def wav_header(sound):
    """The 44 bytes before the frames."""
    fmt, size = sound.fmt, sound.data.size
    if fmt.name not in WAV_TAGS:
        raise ValueError(f'WAV cannot hold {fmt.name}: write it raw')
    bits = fmt.size * 8 if fmt.kind == 'float' else fmt.bits
    body = struct.pack('<HHIIHH', WAV_TAGS[fmt.name], sound.channels,
                       sound.rate, sound.rate * sound.frame_bytes,
                       sound.frame_bytes, bits)
    return (struct.pack('<4sI4s', b'RIFF', 36 + size, b'WAVE')
            + struct.pack('<4sI', b'fmt ', len(body)) + body
            + struct.pack('<4sI', b'data', size))


def write(path, sound):
    """Write SOUND: WAV if PATH ends so, else the bare frames."""
    with open(path, 'wb') as out:
        if str(path).lower().endswith('.wav'):
            out.write(wav_header(sound))
        sound.data.tofile(out)


def _wav_format(body):
    tag, channels, rate, _, block, bits = struct.unpack_from('<HHIIHH', body)
    if tag == TAG_EXTENSIBLE:
        tag = struct.unpack_from('<H', body, 24)[0]
    raw = block // channels if channels else 0
    for name, its_tag in WAV_TAGS.items():
        fmt = FORMATS[name]
        its_bits = fmt.size * 8 if fmt.kind == 'float' else fmt.bits
        if (tag, raw, bits) == (its_tag, fmt.size, its_bits):
            return fmt, rate, channels
    raise ValueError(f'unknown WAV: tag {tag}, {raw} bytes, {bits} bits')


def _parse_wav(raw):
    at, found = 12, None
    while at + 8 <= len(raw):
        name, size = struct.unpack_from('<4sI', raw, at)
        at += 8
        if name == b'fmt ':
            found = _wav_format(raw[at:at + size])
        elif name == b'data':
            if not found:
                raise ValueError('WAV without a format before its data')
            # A writer that was killed leaves a length it never reached.
            return from_bytes(*found, raw[at:at + size])
        at += size + size % 2
    raise ValueError('WAV without data')


def read(path, fmt=None, rate=48000, channels=1):
    """Read a sound file; FMT, RATE and CHANNELS describe one without header."""
    with open(path, 'rb') as file:
        raw = file.read()
    if raw[:4] == b'RIFF' and raw[8:12] == b'WAVE':
        return _parse_wav(raw)
    if not fmt:
        raise ValueError('no WAV header and no --format')
    return from_bytes(fmt, rate, channels, raw)
