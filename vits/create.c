// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The host's block of memory, and the state in it after reset.
 */
#include "vits_priv.h"

static bool limits_valid(const struct vits_limits *l)
{
	return l->devices && l->devices <= 65534 &&
	       l->events >= 2 && l->events % 2 == 0 && l->events <= 1u << 20 &&
	       l->collections && l->collections <= 65535 &&
	       l->lpis && l->lpis <= 1u << 23 &&
	       l->cpus && l->cpus <= 65534 && l->budget &&
	       l->device_bits && l->device_bits <= 20 &&
	       l->event_bits && l->event_bits <= 20;
}

/* Take @count items of @bytes from the block, which is at @base, or only measured. */
static void *take_part(char *base, size_t *used, size_t count, size_t bytes)
{
	void *part = base ? base + *used : NULL;

	*used += (count * bytes + 7) & ~(size_t)7;
	return part;
}

/* Lay the parts out in the block at @base. Return: its size. */
static size_t lay_out(struct vits *v, const struct vits_limits *l, char *base)
{
	size_t used = 0;

	take_part(base, &used, 1, sizeof(*v));
	v->devices = take_part(base, &used, l->devices, sizeof(*v->devices));
	v->events = take_part(base, &used, l->events, sizeof(*v->events));
	v->collections = take_part(base, &used, l->collections, sizeof(*v->collections));
	v->cpus = take_part(base, &used, l->cpus, sizeof(*v->cpus));
	v->event_of = take_part(base, &used, l->lpis, sizeof(*v->event_of));
	v->device_of = take_part(base, &used, (size_t)1 << l->device_bits,
				 sizeof(*v->device_of));
	return used;
}

size_t vits_bytes(const struct vits_limits *limits)
{
	struct vits measured;

	return limits_valid(limits) ? lay_out(&measured, limits, NULL) : 0;
}

struct vits *vits_create(void *memory, const struct vits_limits *limits,
			 const struct vits_ops *ops, void *host)
{
	size_t bytes = vits_bytes(limits), i;
	struct vits *v = memory;

	if (!bytes)
		return NULL;
	for (i = 0; i < bytes; i++)
		((char *)memory)[i] = 0;
	lay_out(v, limits, memory);
	v->ops = ops;
	v->host = host;
	v->limits = *limits;
	for (i = 0; i < limits->collections; i++) {
		v->collections[i].head = VITS_NONE;
		v->collections[i].cpu = VITS_NO_CPU;
	}
	devices_init(v);
	return v;
}
