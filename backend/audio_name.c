// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: names of sound files.
 *
 * In a path %d is the domain id, %u the stream's unique-id with anything but
 * letters, digits, '-', '_' and '.' made '_', a '.' at its beginning, too, and
 * %% is '%'.
 *
 * Recorded files are x.wav, x-2.wav, x-3.wav and so on. The counts are the
 * daemon's, not a stream's: streams of different guests may use the same path.
 *
 * No name is given twice while a file of it may be written or has been: a path
 * of one guest may look like a numbered name of another's (x.wav's second file
 * and x-2.wav's first), since guests choose their unique-ids.
 */
#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio_name.h"

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n > m && !strcmp(s + n - m, suffix);
}

/**
 * audio_name_error() - say what is wrong with a path.
 * @path: as given by the user
 *
 * Return: NULL if nothing is.
 */
const char *audio_name_error(const char *path)
{
	const char *p;

	if (strlen(path) >= AUDIO_PATH_MAX)
		return "the path is longer than 1023 bytes";
	if (!has_suffix(path, ".wav") && !has_suffix(path, ".flac") &&
	    !has_suffix(path, ".aiff") && !has_suffix(path, ".raw"))
		return "the file name must end in .wav, .flac, .aiff or .raw";
	for (p = strchr(path, '%'); p; p = strchr(p + 2, '%'))
		if (!p[1] || !strchr("du%", p[1]))
			return "only %d, %u and %% are known in a file name";
	return NULL;
}

/* No directory, no ".." and no hidden file comes from the guest. */
static void replace_unsafe(char *buf, size_t size, const char *s)
{
	size_t len;

	for (len = 0; s[len] && len + 1 < size; len++) {
		unsigned char c = (unsigned char)s[len];
		bool ok = isalnum(c) || strchr("-_", c) || (c == '.' && len);

		buf[len] = ok ? (char)c : '_';
	}
	buf[len] = '\0';
}

static bool append_text(char *buf, size_t size, const char *s)
{
	size_t len = strlen(buf), n = strlen(s);

	if (n >= size - len)
		return false;
	memcpy(buf + len, s, n + 1);
	return true;
}

/**
 * audio_name_expand() - fill in the guest and the stream.
 * @buf: result
 * @size: bytes in @buf
 * @path: valid path
 * @id: the stream
 *
 * Return: false if it does not fit: no name may end before its suffix.
 */
bool audio_name_expand(char *buf, size_t size, const char *path,
		       const struct audio_id *id)
{
	char num[16], one[2] = "", name[256];
	bool ok = true;

	replace_unsafe(name, sizeof(name), id->unique_id);
	snprintf(num, sizeof(num), "%u", id->domid);
	buf[0] = '\0';
	for (; *path && ok; path++) {
		one[0] = *path;
		if (*path != '%')
			ok = append_text(buf, size, one);
		else if (*++path == 'd')
			ok = append_text(buf, size, num);
		else if (*path == 'u')
			ok = append_text(buf, size, name);
		else
			ok = append_text(buf, size, "%");
	}
	return ok;
}

/**
 * struct path_use - how many files one path has given
 * @next: list of all paths
 * @count: files
 * @path: as configured, expanded
 */
struct path_use {
	struct path_use *next;
	unsigned int count;
	char path[];
};

static pthread_mutex_t uses_lock = PTHREAD_MUTEX_INITIALIZER;
static struct path_use *uses;

static struct path_use *path_use_get(const char *path)
{
	size_t size = strlen(path) + 1;
	struct path_use *u;

	for (u = uses; u; u = u->next)
		if (!strcmp(u->path, path))
			return u;
	u = calloc(1, sizeof(*u) + size);
	if (!u)
		return NULL;
	memcpy(u->path, path, size);
	u->next = uses;
	uses = u;
	return u;
}

static void make_name(char *name, const char *path, unsigned int number)
{
	const char *dot = strrchr(path, '.');

	if (number == 1)
		snprintf(name, AUDIO_NAME_MAX, "%s", path);
	else
		snprintf(name, AUDIO_NAME_MAX, "%.*s-%u%s", (int)(dot - path),
			 path, number, dot);
}

/* Return: @name's number among the names of @path, 0 if it is none of them. */
static unsigned int number_of(const char *name, const char *path)
{
	size_t stem = (size_t)(strrchr(path, '.') - path);
	char again[AUDIO_NAME_MAX];
	unsigned long n;

	if (!strcmp(name, path))
		return 1;
	if (strncmp(name, path, stem) || name[stem] != '-')
		return 0;
	n = strtoul(name + stem + 1, NULL, 10);
	if (n < 2 || n > UINT_MAX)
		return 0;
	make_name(again, path, (unsigned int)n);
	return strcmp(name, again) ? 0 : (unsigned int)n;
}

static bool is_used(const char *name)
{
	const struct path_use *u;
	unsigned int n;

	for (u = uses; u; u = u->next) {
		n = number_of(name, u->path);
		if (n && n <= u->count)
			return true;
	}
	return false;
}

static void path_use_drop(struct path_use *u)
{
	struct path_use **p;

	for (p = &uses; *p != u; p = &(*p)->next)
		;
	*p = u->next;
	free(u);
}

/**
 * audio_name_take() - the next file name for a path.
 * @path: must have a '.', less than AUDIO_PATH_MAX characters
 * @name: result, AUDIO_NAME_MAX characters
 * @number: which of the path's files it is
 *
 * Context: any thread.
 * Return: false if there is no memory.
 */
bool audio_name_take(const char *path, char *name, unsigned int *number)
{
	struct path_use *u;

	pthread_mutex_lock(&uses_lock);
	u = path_use_get(path);
	if (u) {
		*number = u->count;
		do
			make_name(name, path, ++*number);
		while (is_used(name));
		u->count = *number;
	}
	pthread_mutex_unlock(&uses_lock);
	return u;
}

/**
 * audio_name_return() - the name was not used after all.
 * @path: as given to audio_name_take()
 * @number: as returned by it
 *
 * If a later name has been taken meanwhile, this one is not used again.
 *
 * Context: any thread.
 */
void audio_name_return(const char *path, unsigned int number)
{
	struct path_use *u;

	pthread_mutex_lock(&uses_lock);
	u = path_use_get(path);
	if (u && u->count == number)
		u->count--;
	/* guests choose their unique-ids: paths without a file are forgotten */
	if (u && !u->count)
		path_use_drop(u);
	pthread_mutex_unlock(&uses_lock);
}
