// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: unique-ids that were written for snd_be.
 *
 *   alsa<hw:0;0>       the ALSA PCM hw:0,0; xl.cfg cannot have a comma there
 *   pulse<NAME>        sink or source NAME of PulseAudio, through ALSA's plugin
 *   pulse<>            the default one
 *
 * What follows the '>' is a property for PulseAudio, which the plugin cannot
 * set; it is not used.
 *
 * A guest can choose its streams' unique-ids. Some of ALSA's PCMs write files or
 * run programs that their arguments name, so only a few may have arguments, and
 * these consist of few characters.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "util.h"

#define NAME_MAX_LEN	64u

/* PCMs that may have arguments: they only choose a card, a device, a mixer */
static const char * const with_arguments[] = {
	"hw", "plughw", "default", "sysdefault", "dmix", "dsnoop", "front",
};

static bool plain_name(const char *s, size_t n, const char *more)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr(more, s[i]))
			return false;
	return n < NAME_MAX_LEN;
}

static bool may_have_arguments(const char *s, size_t n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(with_arguments); i++)
		if (strlen(with_arguments[i]) == n &&
		    !strncmp(s, with_arguments[i], n))
			return true;
	return false;
}

static bool alsa_name(const char *s, size_t n)
{
	const char *colon = memchr(s, ':', n);
	size_t head = colon ? (size_t)(colon - s) : n;

	if (!head || !plain_name(s, head, "_-"))
		return false;
	return !colon || (may_have_arguments(s, head) &&
			  plain_name(colon + 1, n - head - 1, "_-=;"));
}

/**
 * compat_spec() - what a unique-id stands for.
 * @unique_id: of a stream
 * @spec: result, a specification as in the configuration
 * @size: room there
 *
 * Return: false if it is not of such a form, or not a device that a guest may
 * choose.
 */
bool compat_spec(const char *unique_id, char *spec, size_t size)
{
	const char *name = strchr(unique_id, '<');
	const char *end = name ? strchr(name, '>') : NULL;
	size_t n;
	char *p;

	if (!end)
		return false;
	n = (size_t)(end - ++name);
	if (!strncmp(unique_id, "alsa<", 5) && alsa_name(name, n))
		snprintf(spec, size, "alsa:%.*s", (int)n, name);
	else if (!strncmp(unique_id, "pulse<", 6) && plain_name(name, n, "_-."))
		snprintf(spec, size, "alsa:pulse%s%.*s", n ? ":" : "", (int)n,
			 name);
	else
		return false;
	for (p = spec; (p = strchr(p, ';')); p++)
		*p = ',';
	return true;
}
