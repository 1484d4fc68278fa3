// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: what is written to stderr, see saved_log.h.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "saved_log.h"
#include "test.h"

static char *text;
static int file, old_stderr;

void saved_log_begin(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/log", test_dir);
	file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
	old_stderr = dup(STDERR_FILENO);
	fflush(stderr);
	dup2(file, STDERR_FILENO);
	log_set_level(LVL_INFO);
}

const char *saved_log_end(void)
{
	struct stat st;
	ssize_t n;

	log_set_level(getenv("LOG") ? LVL_DEBUG : LVL_NONE);
	fflush(stderr);
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	fstat(file, &st);
	text = realloc(text, (size_t)st.st_size + 1);
	n = pread(file, text, (size_t)st.st_size, 0);
	text[n > 0 ? n : 0] = '\0';
	close(file);
	return text;
}

unsigned int saved_log_count(const char *what)
{
	unsigned int n = 0;
	const char *s;

	for (s = text; (s = strstr(s, what)); s++)
		n++;
	return n;
}
