// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: a frontend's XenStore nodes. The input is lines of
 * PATH=VALUE below the frontend's directory; a value may be any bytes but
 * a newline.
 */
#include "card.h"
#include "fake_store.h"
#include "fuzz.h"
#include "log.h"

#define FE	"/local/domain/7/device/vsnd/0"
#define MAX	8u

static struct log_guest guest_log;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LVL_NONE);
	log_guest_init(&guest_log, "dom 7 vsnd 0");
	return 0;
}

static void check_caps(const struct snd_caps *c)
{
	unsigned int i;

	MUST(c->formats && !(c->formats & ~SND_ALL_FORMATS));
	MUST(c->rates.min >= 1 && c->rates.min <= c->rates.max);
	MUST(c->rates.max <= SND_MAX_RATE && c->num_rates <= SND_MAX_RATES);
	for (i = 0; i < c->num_rates; i++)
		MUST(c->rate_list[i] >= c->rates.min &&
		     c->rate_list[i] <= c->rates.max);
	MUST(c->channels.min >= 1 && c->channels.min <= c->channels.max);
	MUST(c->channels.max <= SND_MAX_CHANNELS);
	MUST(c->buffer_bytes <= SND_MAX_BUFFER);
}

static void set_line(char *line)
{
	char *eq = strchr(line, '=');

	if (!eq || eq - line > 100)
		return;
	*eq = '\0';
	fake_store_set(eq + 1, FE "/%s", line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *line, *save = NULL;
	struct card card;
	unsigned int i, n = 0;

	if (size > 8192)
		return 0;
	text = malloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	fake_store_clear();
	for (line = strtok_r(text, "\n", &save); line && n++ < 300;
	     line = strtok_r(NULL, "\n", &save))
		set_line(line);
	free(text);
	if (card_read(NULL, FE, 7, 0, MAX, &guest_log, &card)) {
		MUST(card.num >= 1 && card.num <= MAX);
		for (i = 0; i < card.num; i++) {
			check_caps(&card.streams[i].caps);
			MUST(strlen(card.streams[i].unique_id) < UNIQUE_ID_MAX);
			MUST(card.streams[i].unique_id[0]);
		}
	}
	free(card.streams);
	return 0;
}
