// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the requests of xen-snd-ctl, one a line:
 *
 *   list                   all cards and streams
 *   allow-capture GUEST    that guest may record from now on
 *   deny-capture GUEST     it may not any more
 *
 * "json " before them asks for the answer as JSON; see report.c for both forms.
 *
 * Context of all functions: main thread.
 */
#include <string.h>

#include "ctl_command.h"
#include "log.h"
#include "util.h"

/**
 * struct command - a request
 * @name: its first word
 * @with_guest: it has a second one, a guest's name
 * @run: do it; NULL, or why it could not be done
 */
struct command {
	const char *name;
	bool with_guest;
	const char *(*run)(struct ctl_target *t, const char *guest,
			   struct report *r);
};

static const char *list_streams(struct ctl_target *t, const char *guest,
				struct report *r)
{
	(void)guest;
	backend_report(t->backend, r);
	return NULL;
}

static const char *order_capture(struct ctl_target *t, const char *guest,
				 bool allow, struct report *r)
{
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

static const char *allow_capture(struct ctl_target *t, const char *guest,
				 struct report *r)
{
	return order_capture(t, guest, true, r);
}

static const char *deny_capture(struct ctl_target *t, const char *guest,
				struct report *r)
{
	return order_capture(t, guest, false, r);
}

static const struct command commands[] = {
	{ "list", false, list_streams },
	{ "allow-capture", true, allow_capture },
	{ "deny-capture", true, deny_capture },
};

static const struct command *find_command(const char *name)
{
	unsigned int i;

	for (i = 0; name && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/* @word: the first one; the others are strtok_r()'s. */
static const char *run_command(struct ctl_target *t, const char *word,
			       char **rest, struct report *r)
{
	const struct command *c = find_command(word);
	const char *guest;

	if (!c)
		return "unknown request, expected list, allow-capture GUEST or deny-capture GUEST";
	guest = c->with_guest ? strtok_r(NULL, " ", rest) : NULL;
	if (c->with_guest && !guest)
		return "expected a guest's name";
	if (strtok_r(NULL, " ", rest))
		return "too many words";
	return c->run(t, guest, r);
}

/**
 * ctl_command() - answer a request.
 * @target: struct ctl_target
 * @line: request; changed
 * @r: result
 */
void ctl_command(void *target, char *line, struct report *r)
{
	char *rest = NULL, *word = strtok_r(line, " ", &rest);
	bool json = word && !strcmp(word, "json");

	if (json)
		word = strtok_r(NULL, " ", &rest);
	report_begin(r, json);
	report_end(r, run_command(target, word, &rest, r));
}
