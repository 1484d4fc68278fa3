// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: the configuration file.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio.h"
#include "compat.h"
#include "config.h"
#include "fuzz.h"
#include "log.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LVL_NONE);
	return 0;
}

static void check_spec(const struct config *c, const char *guest,
		       const char *id, bool capture)
{
	const char *spec = config_spec(c, guest, id, capture);
	struct audio_id aid = { .domid = 7, .unique_id = id };
	struct log_guest log = { 0 };

	MUST(!audio_spec_error(spec, capture));
	if (strncmp(spec, "alsa:", 5))
		audio_free(audio_new(spec, capture, &aid, &log));
}

static void check_guest(const struct config *c, const char *guest)
{
	struct budget_limits limits;

	config_limits(c, guest, &limits);
	MUST(limits.percent && limits.bytes && limits.streams);
	config_may_capture(c, guest);
	config_may_connect(c, guest);
	config_compat(c, guest, "a", false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("config", MFD_CLOEXEC);
	struct config c = { 0 };
	const struct config_section *s;
	char path[32], spec[160];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fchmod(fd, 0600);
	MUST(write(fd, data, size) == (ssize_t)size);
	if (config_load(&c, path)) {
		for (s = c.sections; s; s = s->next) {
			const char *id = s->stream ? s->stream : "a";

			check_spec(&c, s->guest, id, false);
			check_spec(&c, s->guest, id, true);
			check_guest(&c, s->guest);
			if (compat_spec(id, spec, sizeof(spec)))
				MUST(!audio_spec_error(spec, false));
		}
		check_spec(&c, "a", "b", false);
		check_guest(&c, "a");
	}
	config_free(&c);
	close(fd);
	return 0;
}
