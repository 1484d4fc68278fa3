// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the requests of xen-snd-ctl, one a line:
 *
 *   list                       all cards and streams
 *   allow-capture GUEST        that guest may record from now on
 *   deny-capture GUEST         it may not any more
 *   volume GUEST DB [STREAM]   of that stream, or of all of the guest's
 *   mute GUEST [STREAM]        likewise
 *   unmute GUEST [STREAM]      likewise
 *
 * STREAM is a unique-id and goes to the end of the line. "json " before them asks
 * for the answer as JSON; see report.c for both forms.
 *
 * Context of all functions: main thread.
 */
#include <string.h>

#include "ctl_command.h"
#include "log.h"
#include "number.h"
#include "util.h"
#include "volume.h"

/**
 * struct command - a request
 * @name: its first word
 * @run: do it; @rest is what follows the name, for next_word(); NULL, or why
 *	it could not be done
 */
struct command {
	const char *name;
	const char *(*run)(struct ctl_target *t, char *rest, struct report *r);
};

/* Cut the first word off; "" if there is none. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	size_t n = strcspn(word, " ");

	*rest = word + n;
	if (**rest)
		*(*rest)++ = '\0';
	*rest += strspn(*rest, " ");
	return word;
}

static const char *list_streams(struct ctl_target *t, char *rest,
				struct report *r)
{
	if (*rest)
		return "too many words";
	backend_report(t->backend, r);
	return NULL;
}

static const char *order_capture(struct ctl_target *t, char *rest, bool allow,
				 struct report *r)
{
	const char *guest = next_word(&rest);

	if (!*guest)
		return "expected a guest's name";
	if (*rest)
		return "too many words";
	if (!config_order_capture(t->config, guest, allow))
		return "out of memory";
	log_msg(LVL_INFO, "guest %s: recording is %s by xen-snd-ctl", guest,
		allow ? "allowed" : "denied");
	report_record(r, "guest");
	report_text(r, "guest", guest);
	report_text(r, "capture", allow ? "allow" : "deny");
	report_number(r, "cards", backend_permit(t->backend, guest));
	return NULL;
}

static const char *allow_capture(struct ctl_target *t, char *rest,
				 struct report *r)
{
	return order_capture(t, rest, true, r);
}

static const char *deny_capture(struct ctl_target *t, char *rest,
				struct report *r)
{
	return order_capture(t, rest, false, r);
}

/* @rest: unique-id, or nothing for all streams */
static const char *order_volume(struct ctl_target *t, const char *guest,
				struct volume_order *o, char *rest,
				struct report *r)
{
	unsigned int num;

	if (!*guest)
		return "expected a guest's name";
	o->stream = *rest ? rest : NULL;
	num = backend_count_of(t->backend, guest, o->stream);
	if (!num)
		return "no such stream is connected";
	if (!host_volume_order(&t->config->volumes, guest, o))
		return "out of memory, or too many streams have a volume of their own";
	backend_volume(t->backend, guest);
	report_record(r, "guest");
	report_text(r, "guest", guest);
	report_number(r, "streams", num);
	return NULL;
}

static const char *set_volume(struct ctl_target *t, char *rest,
			      struct report *r)
{
	const char *guest = next_word(&rest), *db = next_word(&rest);
	struct volume_order o = { .set_volume = true };

	if (!parse_milli(db, &o.mdb) || o.mdb < VOLUME_MIN || o.mdb > VOLUME_MAX)
		return "expected a volume from -120 to 12 dB";
	return order_volume(t, guest, &o, rest, r);
}

static const char *mute_streams(struct ctl_target *t, char *rest,
				struct report *r)
{
	const char *guest = next_word(&rest);

	return order_volume(t, guest, &(struct volume_order){ .mute = true },
			    rest, r);
}

static const char *unmute_streams(struct ctl_target *t, char *rest,
				  struct report *r)
{
	const char *guest = next_word(&rest);

	return order_volume(t, guest, &(struct volume_order){ .mute = false },
			    rest, r);
}

static const struct command commands[] = {
	{ "list", list_streams },
	{ "allow-capture", allow_capture },
	{ "deny-capture", deny_capture },
	{ "volume", set_volume },
	{ "mute", mute_streams },
	{ "unmute", unmute_streams },
};

static const char *run_command(struct ctl_target *t, const char *name,
			       char *rest, struct report *r)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return commands[i].run(t, rest, r);
	return "unknown request";
}

/**
 * ctl_command() - answer a request.
 * @target: struct ctl_target
 * @line: request; changed
 * @r: result
 */
void ctl_command(void *target, char *line, struct report *r)
{
	const char *name = next_word(&line);
	bool json = !strcmp(name, "json");

	if (json)
		name = next_word(&line);
	report_begin(r, json);
	report_end(r, run_command(target, name, line, r));
}
