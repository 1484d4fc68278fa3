// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * hostile-guest: use a card whose backend is hostile, or check one whose is not
 *
 *	hostile-guest attack CARD USES STREAM...	any error is counted
 *	hostile-guest check CARD USES STREAM...		any error is a failure
 *	hostile-guest fill CARD USES STREAM...		only buffers, until an error
 *	hostile-guest sound FRAMES			what is played, on stdout
 *	hostile-guest memory MBYTES			see guest_memory.c
 *
 * STREAM is p or c and the number of the substream; all are used at the same time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alsa/asoundlib.h>

#include "guest.h"
#include "sound.h"

#define MAX_JOBS	32

static struct job jobs[MAX_JOBS];

static bool tell(const struct job *j)
{
	const char *comma = "";
	unsigned int i, n = 0;

	printf("stream=%s opens=%u frames=%lu bad=%lu stalls=%u errors=", j->name,
	       j->opens, j->frames, j->bad, j->stalls);
	for (i = 0; i < ERRNO_MAX; i++) {
		if (!j->errors[i])
			continue;
		printf("%s%s:%u", comma, strerrorname_np((int)i) ?: "?",
		       j->errors[i]);
		comma = ",";
		n++;
	}
	printf(" where=%s\n", j->where ?: "-");
	return !n && !j->bad && j->frames;
}

static int use_card(const char *how, const char *card, unsigned int uses, int num,
		    char **names)
{
	bool strict = !strcmp(how, "check");
	bool good = true;
	int i;

	if (num > MAX_JOBS)
		return 2;
	/* Reading alsa-lib's configuration is not safe among threads, at first. */
	snd_config_update();
	for (i = 0; i < num; i++) {
		struct job *j = &jobs[i];

		j->name = names[i];
		j->capture = names[i][0] == 'c';
		j->uses = uses;
		j->strict = strict;
		j->fill = !strcmp(how, "fill");
		snprintf(j->pcm, sizeof(j->pcm), "hw:%s,0,%s", card, names[i] + 1);
		if (pthread_create(&j->thread, NULL, job_main, j))
			return 1;
	}
	for (i = 0; i < num; i++) {
		pthread_join(jobs[i].thread, NULL);
		good &= tell(&jobs[i]);
	}
	return strict && !good;
}

static int sound(unsigned long frames)
{
	uint32_t frame;
	unsigned long i;

	for (i = 0; i < frames; i++) {
		frame = sound_frame((uint32_t)i);
		fwrite(&frame, sizeof(frame), 1, stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "sound"))
		return sound(strtoul(argv[2], NULL, 0));
	if (argc == 3 && !strcmp(argv[1], "memory")) {
		memory_fill((unsigned int)atoi(argv[2]));
		return 0;
	}
	if (argc > 4 && (!strcmp(argv[1], "attack") || !strcmp(argv[1], "check") ||
			 !strcmp(argv[1], "fill")))
		return use_card(argv[1], argv[2], (unsigned int)atoi(argv[3]),
				argc - 4, argv + 4);
	fprintf(stderr, "usage: hostile-guest attack|check|fill CARD USES STREAM...\n"
		"       hostile-guest sound FRAMES | memory MBYTES\n");
	return 2;
}
