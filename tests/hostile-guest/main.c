// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * hostile-front [GROUP | NAME]...: attack the backend, a line for each attack:
 * "ok NAME" or "not ok NAME: why". After each the backend has to serve us as if
 * nothing had been.
 *
 * hostile-front --doomed: open streams, say so, keep attacking until the domain
 * is destroyed.
 *
 * hostile-front --log ...: see log.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "front.h"

static const struct {
	const char *name;
	const struct attack *attacks;
} groups[] = {
	{ "memory", memory_attacks },
	{ "requests", request_attacks },
	{ "ring", ring_attacks },
	{ "store", store_attacks },
	{ "volume", volume_attacks },
	{ "load", load_attacks },
};

static char why[512];

void wrong(const char *fmt, ...)
{
	va_list ap;

	if (why[0])
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
}

/* A good frontend is served: the proof that the backend is well. */
static void sane(void)
{
	struct stream *p = &streams[0], *c = &streams[1];
	unsigned int i;

	EXPECT(stream_open(p), 0);
	EXPECT(stream_rw(p, 0, 2 * PAGE), 0);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_START), 0);
	memset(c->buf.mem, 0, c->buf.num * PAGE);
	EXPECT(stream_open(c), 0);
	EXPECT(stream_trigger(c, XENSND_OP_TRIGGER_START), 0);
	EXPECT(stream_rw(c, 0, 2 * PAGE), 0);
	for (i = 0; i < 2 * PAGE; i++)
		if (c->buf.mem[i] != SOURCE)
			wrong("captured byte %u is 0x%x", i, c->buf.mem[i]);
	EXPECT(stream_op(c, XENSND_OP_CLOSE), 0);
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
}

static bool run(const struct attack *a)
{
	uint64_t began = now_ms();

	why[0] = '\0';
	if (!front_connect())
		wrong("not connected before it");
	else
		a->run();
	if (!why[0] && backend_state() == BE_CONNECTED && !front_disconnect())
		wrong("not parted from, the backend is in state %u",
		      backend_state());
	streams_free();
	if (!front_connect())
		wrong("not connected after it");
	else
		sane();
	if (!front_disconnect())
		wrong("not parted from after it");
	printf("%s %s%s%s (%llu ms)\n", why[0] ? "not ok" : "ok", a->name,
	       why[0] ? ": " : "", why,
	       (unsigned long long)(now_ms() - began));
	fflush(stdout);
	return !why[0];
}

int report_wrong(const char *name)
{
	printf("%s %s%s%s\n", why[0] ? "not ok" : "ok", name, why[0] ? ": " : "", why);
	return why[0] != '\0';
}

static bool wanted(int argc, char **argv, const char *group, const char *name)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], group) || !strcmp(argv[i], name))
			return true;
	return argc == 1;
}

int main(int argc, char **argv)
{
	unsigned int i, passed = 0, failed = 0;
	const struct attack *a;

	front_init();
	if (argc == 2 && !strcmp(argv[1], "--doomed")) {
		doomed();
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "--log"))
		return flood_log(argc - 2, argv + 2);
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		for (a = groups[i].attacks; a->name; a++) {
			if (!wanted(argc, argv, groups[i].name, a->name))
				continue;
			if (run(a))
				passed++;
			else
				failed++;
		}
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
