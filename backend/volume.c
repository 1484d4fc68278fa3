// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: gains, ramps, and samples of all linear formats. No I/O.
 *
 * A gain of 1 leaves a sample alone, one of 0 makes it silence whatever it is;
 * any other is multiplied in double precision and rounded to the nearest.
 * Integers are limited to their range. So that no change is a click, a
 * gain moves in a straight line, by at most @step from frame to frame.
 */
#include <math.h>
#include <string.h>

#include "audio.h"
#include "volume.h"

/**
 * struct linear - how a format has its samples
 * @bytes: of a sample in the buffer
 * @bits: its lower bits that count; 0: the format is not linear
 * @is_signed: integers: silence is 0
 * @is_float: float or double
 * @is_big: most significant byte first
 */
struct linear {
	uint8_t bytes;
	uint8_t bits;
	bool is_signed;
	bool is_float;
	bool is_big;
};

static const struct linear formats[SND_NUM_FORMATS] = {
	[XENSND_PCM_FORMAT_S8] = { 1, 8, true, false, false },
	[XENSND_PCM_FORMAT_U8] = { 1, 8, false, false, false },
	[XENSND_PCM_FORMAT_S16_LE] = { 2, 16, true, false, false },
	[XENSND_PCM_FORMAT_S16_BE] = { 2, 16, true, false, true },
	[XENSND_PCM_FORMAT_U16_LE] = { 2, 16, false, false, false },
	[XENSND_PCM_FORMAT_U16_BE] = { 2, 16, false, false, true },
	[XENSND_PCM_FORMAT_S24_LE] = { 4, 24, true, false, false },
	[XENSND_PCM_FORMAT_S24_BE] = { 4, 24, true, false, true },
	[XENSND_PCM_FORMAT_U24_LE] = { 4, 24, false, false, false },
	[XENSND_PCM_FORMAT_U24_BE] = { 4, 24, false, false, true },
	[XENSND_PCM_FORMAT_S32_LE] = { 4, 32, true, false, false },
	[XENSND_PCM_FORMAT_S32_BE] = { 4, 32, true, false, true },
	[XENSND_PCM_FORMAT_U32_LE] = { 4, 32, false, false, false },
	[XENSND_PCM_FORMAT_U32_BE] = { 4, 32, false, false, true },
	[XENSND_PCM_FORMAT_F32_LE] = { 4, 32, true, true, false },
	[XENSND_PCM_FORMAT_F32_BE] = { 4, 32, true, true, true },
	[XENSND_PCM_FORMAT_F64_LE] = { 8, 64, true, true, false },
	[XENSND_PCM_FORMAT_F64_BE] = { 8, 64, true, true, true },
};

/**
 * volume_linear() - can samples of a format be multiplied?
 * @format: XENSND_PCM_FORMAT_XXX
 */
bool volume_linear(uint8_t format)
{
	return format < SND_NUM_FORMATS && formats[format].bits;
}

/**
 * volume_gain() - the factor that a volume is.
 * @mdb: 0.001 dB
 */
double volume_gain(int32_t mdb)
{
	if (mdb <= VOLUME_MIN)
		return 0;
	return mdb ? pow(10, mdb / 20000.0) : 1;
}

/* ---- what the sides set: any thread ---- */

/**
 * volume_set() - set a volume.
 * @v: volume
 * @side: whose
 * @channel: or VOLUME_ALL
 * @mdb: 0.001 dB
 *
 * Return: false, and nothing has changed, if @mdb is above VOLUME_MAX.
 */
bool volume_set(struct volume *v, enum volume_side side, unsigned int channel,
		int32_t mdb)
{
	unsigned int i;

	if (mdb > VOLUME_MAX)
		return false;
	for (i = 0; i < SND_MAX_CHANNELS; i++)
		if (i == channel || channel == VOLUME_ALL)
			atomic_store(&v->mdb[side][i], mdb);
	atomic_store(&v->changed, true);
	return true;
}

/**
 * volume_get() - the volume that was set.
 * @v: volume
 * @side: whose
 * @channel: less than SND_MAX_CHANNELS
 *
 * Return: 0.001 dB.
 */
int32_t volume_get(struct volume *v, enum volume_side side, unsigned int channel)
{
	return atomic_load(&v->mdb[side][channel]);
}

/**
 * volume_mute() - mute or unmute; the volumes stay what they are.
 * @v: volume
 * @side: whose
 * @channel: or VOLUME_ALL
 * @on: mute
 */
void volume_mute(struct volume *v, enum volume_side side, unsigned int channel,
		 bool on)
{
	unsigned int i;

	for (i = 0; i < SND_MAX_CHANNELS; i++)
		if (i == channel || channel == VOLUME_ALL)
			atomic_store(&v->muted[side][i], on);
	atomic_store(&v->changed, true);
}

/**
 * volume_muted() - has a side muted a channel?
 * @v: volume
 * @side: whose
 * @channel: less than SND_MAX_CHANNELS
 */
bool volume_muted(struct volume *v, enum volume_side side, unsigned int channel)
{
	return atomic_load(&v->muted[side][channel]);
}

/* ---- what comes of it: the stream's thread ---- */

static double wanted_gain(struct volume *v, unsigned int channel)
{
	int32_t guest = volume_get(v, VOLUME_GUEST, channel);
	int32_t host = volume_get(v, VOLUME_HOST, channel);
	int32_t sum;

	if (volume_muted(v, VOLUME_GUEST, channel) ||
	    volume_muted(v, VOLUME_HOST, channel) ||
	    guest <= VOLUME_MIN || host <= VOLUME_MIN)
		return 0;
	sum = guest + host;
	return volume_gain(sum > VOLUME_MAX ? VOLUME_MAX : sum);
}

/*
 * Other formats cannot be made softer, but a host that has muted a stream does
 * not hear it, whatever format the guest chooses.
 */
static double wanted_of_other(struct volume *v)
{
	unsigned int i;

	for (i = 0; i < v->p.channels; i++)
		if (!volume_muted(v, VOLUME_HOST, i))
			return 1;
	return 0;
}

static void take_targets(struct volume *v)
{
	bool linear = volume_linear(v->p.format);
	unsigned int i;

	atomic_store(&v->changed, false);
	for (i = 0; i < v->p.channels; i++)
		v->target[i] = linear ? wanted_gain(v, i) : wanted_of_other(v);
}

static bool is_flat(const struct volume *v)
{
	unsigned int i;

	for (i = 0; i < v->p.channels; i++)
		if (v->target[i] != 1 || v->gain[i] != 1)
			return false;
	return true;
}

/**
 * volume_open() - OPEN: what the guest has set before is forgotten.
 * @v: volume
 * @p: parameters
 *
 * Context: the stream's thread.
 */
void volume_open(struct volume *v, const struct snd_params *p)
{
	v->p = *p;
	v->step = 1000.0 / ((double)p->rate * VOLUME_RAMP_MS);
	volume_set(v, VOLUME_GUEST, VOLUME_ALL, 0);
	volume_mute(v, VOLUME_GUEST, VOLUME_ALL, false);
	volume_jump(v);
}

/**
 * volume_jump() - there is no sound now: what was set is valid at once.
 * @v: volume, after volume_open()
 *
 * Context: the stream's thread.
 */
void volume_jump(struct volume *v)
{
	take_targets(v);
	memcpy(v->gain, v->target, sizeof(v->gain));
	v->flat = is_flat(v);
}

/**
 * volume_active() - do samples have to be changed?
 * @v: volume, after volume_open()
 *
 * Context: the stream's thread.
 */
bool volume_active(struct volume *v)
{
	if (atomic_load(&v->changed)) {
		take_targets(v);
		v->flat = is_flat(v);
	}
	return !v->flat;
}

static uint64_t load_bits(const struct linear *l, const uint8_t *at)
{
	uint64_t bits = 0;
	unsigned int i;

	for (i = 0; i < l->bytes; i++)
		bits = bits << 8 | at[l->is_big ? i : l->bytes - 1u - i];
	return bits;
}

static void store_bits(const struct linear *l, uint8_t *at, uint64_t bits)
{
	unsigned int i;

	for (i = 0; i < l->bytes; i++, bits >>= 8)
		at[l->is_big ? l->bytes - 1u - i : i] = (uint8_t)bits;
}

static uint64_t scale_float(const struct linear *l, uint64_t bits, double gain)
{
	uint32_t word = (uint32_t)bits;
	double wide;
	float narrow;

	/* no number times 0 may be no number */
	if (gain == 0)
		return 0;
	if (l->bytes == sizeof(wide)) {
		memcpy(&wide, &bits, sizeof(wide));
		wide *= gain;
		memcpy(&bits, &wide, sizeof(wide));
		return bits;
	}
	memcpy(&narrow, &word, sizeof(narrow));
	narrow = (float)(narrow * gain);
	memcpy(&word, &narrow, sizeof(narrow));
	return word;
}

/* The upper byte of 24 bits in 32 is not read; it gets the sign. */
static uint64_t scale_integer(const struct linear *l, uint64_t bits, double gain)
{
	int64_t half = 1ll << (l->bits - 1), value;
	double product;

	value = (int64_t)(bits & (2 * (uint64_t)half - 1));
	value = l->is_signed ? (value ^ half) - half : value - half;
	product = (double)value * gain;
	value = (int64_t)(product < 0 ? product - 0.5 : product + 0.5);
	if (value >= half)
		value = half - 1;
	if (value < -half)
		value = -half;
	return (uint64_t)(l->is_signed ? value : value + half);
}

static void scale_frame(struct volume *v, const struct linear *l, uint8_t *at)
{
	unsigned int i;
	uint64_t bits;

	for (i = 0; i < v->p.channels; i++, at += l->bytes) {
		if (v->gain[i] == 1)
			continue;
		bits = load_bits(l, at);
		bits = l->is_float ? scale_float(l, bits, v->gain[i]) :
				     scale_integer(l, bits, v->gain[i]);
		store_bits(l, at, bits);
	}
}

/* Return: false if all gains are where they should be. */
static bool move_gains(struct volume *v)
{
	bool moved = false;
	unsigned int i;

	for (i = 0; i < v->p.channels; i++) {
		double way = v->target[i] - v->gain[i];

		if (way == 0)
			continue;
		moved = true;
		if (fabs(way) <= v->step)
			v->gain[i] = v->target[i];
		else
			v->gain[i] += way > 0 ? v->step : -v->step;
	}
	return moved;
}

/**
 * volume_scale() - change samples in place, and go on with the ramps.
 * @v: volume, after volume_active() has said true
 * @data: whole units
 * @units: how many; a unit is a frame in all linear formats
 *
 * Context: the stream's thread.
 */
void volume_scale(struct volume *v, void *data, size_t units)
{
	const struct linear *l = &formats[v->p.format];
	uint8_t *at = data;
	bool moving = true;

	if (!volume_linear(v->p.format)) {
		volume_jump(v);
		if (v->gain[0] == 0)
			audio_silence(v->p.format, data,
				      units * v->p.unit_bytes);
		return;
	}
	for (; units; units--, at += v->p.unit_bytes) {
		if (moving)
			moving = move_gains(v);
		scale_frame(v, l, at);
	}
	/* has a ramp ended at 0 dB? */
	if (!moving)
		v->flat = is_flat(v);
}
