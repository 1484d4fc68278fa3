// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: run them all; with arguments TEXT those whose names contain
 * it, with -TEXT those whose names do not.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "test.h"

bool test_failed;
char test_dir[64] = "/tmp/xsb-test-XXXXXX";

void write_conf(char *path, size_t size, const char *text)
{
	FILE *f;

	snprintf(path, size, "%s/conf", test_dir);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static const struct test * const suites[] = {
#ifdef XSB_QUIRKS
	quirks_tests, device_tests,
#elif defined(XSB_LIBS)
	libs_tests,
#else
	proto_tests, pace_tests, audio_tests, file_tests, volume_tests,
	config_tests, log_tests,
	budget_tests, stream_tests, cost_tests, device_tests,
	alsa_tests, pipewire_tests, policy_tests, move_tests, operation_tests, ctl_tests,
	programs_tests,
#endif
};

static bool is_wanted(const char *name, char **args)
{
	for (; *args; args++)
		if (**args == '-' ? !!strstr(name, *args + 1) : !strstr(name, *args))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	unsigned int passed = 0, failed = 0, i;
	const struct test *t;
	char cmd[96];

	(void)argc;
	log_set_level(getenv("LOG") ? LVL_DEBUG : LVL_NONE);
	if (!mkdtemp(test_dir))
		return 1;
	for (i = 0; i < sizeof(suites) / sizeof(*suites); i++) {
		for (t = suites[i]; t->name; t++) {
			if (!is_wanted(t->name, argv + 1))
				continue;
			test_failed = false;
			t->run();
			printf("%s %s\n", test_failed ? "FAIL" : "ok  ",
			       t->name);
			fflush(stdout);
			if (test_failed)
				failed++;
			else
				passed++;
		}
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", test_dir);
	if (system(cmd))
		failed++;
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
