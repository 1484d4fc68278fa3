// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * frames COUNT          write COUNT frames of four bytes, none of them twice
 * frames --check COUNT  read them again: one line like compare's, and a second
 *                       one where the first difference is; status 0 if exact
 * frames --pieces COUNT the same of pieces of them: frames may be missing, and
 *                       any piece may begin again at the first frame, as a source
 *                       does that is opened again, and the end be anywhere;
 *                       status 0 if nothing else is wrong
 *
 * For streams too long to be kept in memory, or sent home. A frame is its number
 * multiplied, so each tells where it belongs. Silence behind the end is counted
 * as padding.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTOR 0x9e3779b1u
#define CHUNK 16384

/* The first frame is number 1: number 0 would be silence. */
static uint32_t frame(uint32_t index)
{
	return (index + 1) * FACTOR;
}

static uint32_t index_of(uint32_t value, uint32_t inverse)
{
	return value * inverse - 1;
}

/* FACTOR's inverse modulo 2^32: each step doubles the bits that are right. */
static uint32_t invert(void)
{
	uint32_t inverse = FACTOR;
	int i;

	for (i = 0; i < 4; i++)
		inverse *= 2 - FACTOR * inverse;
	return inverse;
}

static int generate(uint32_t count)
{
	static uint32_t buf[CHUNK];
	uint32_t done = 0;
	size_t i, n;

	while (done < count) {
		n = count - done < CHUNK ? count - done : CHUNK;
		for (i = 0; i < n; i++)
			buf[i] = frame(done++);
		if (fwrite(buf, sizeof(*buf), n, stdout) != n) {
			perror("frames");
			return 1;
		}
	}
	return fflush(stdout) ? 1 : 0;
}

/**
 * struct check - what has been read so far
 * @count: frames that were sent
 * @again: frame 0 may come at any time
 * @inverse: FACTOR's
 * @next: index of the frame that is due
 * @pieces: runs of frames without one missing
 * @received: frames read
 * @padding: silent ones with nothing behind them, where the end may be
 * @lost: frames left out
 * @repeated: frames that came again, or too late
 * @strange: frames that nobody sent, silence before the end among them
 * @first: where the first mistake is, or UINT64_MAX
 * @instead: what came there
 */
struct check {
	uint32_t count;
	bool again;
	uint32_t inverse;
	uint32_t next;
	uint64_t pieces;
	uint64_t received;
	uint64_t padding;
	uint64_t lost;
	uint64_t repeated;
	uint64_t strange;
	uint64_t first;
	uint32_t instead;
};

static void wrong(struct check *c, uint32_t value)
{
	if (c->first != UINT64_MAX)
		return;
	c->first = c->received;
	c->instead = value;
}

static void check_frame(struct check *c, uint32_t value)
{
	uint32_t index = index_of(value, c->inverse);

	if (!value && (c->again || c->next == c->count)) {
		c->padding++;
		return;
	}
	c->strange += c->padding;
	c->padding = 0;
	if (index == c->next && index < c->count) {
		c->next++;
		c->pieces += !c->pieces;
	} else if (c->again && !index) {
		c->next = 1;
		c->pieces++;
	} else {
		wrong(c, value);
		if (index >= c->count) {
			c->strange++;
		} else if (index < c->next) {
			c->repeated++;
		} else {
			c->lost += index - c->next;
			c->next = index + 1;
			c->pieces++;
		}
	}
}

static void show(const struct check *c, bool exact)
{
	uint32_t index = index_of(c->instead, c->inverse);

	printf("sent=%" PRIu32 " received=%" PRIu64
	       " exact=%s lost=%" PRIu64 " repeated=%" PRIu64
	       " padding=%" PRIu64 "\n", c->count, c->received,
	       exact ? "yes" : "no", c->lost, c->repeated, c->padding);
	if (exact)
		return;
	if (c->first == UINT64_MAX)
		printf("ends before frame %" PRIu32, c->next);
	else if (index < c->count)
		printf("first difference at frame %" PRIu64
		       ": it is frame %" PRIu32, c->first, index);
	else
		printf("first difference at frame %" PRIu64
		       ": it is %08" PRIx32, c->first, c->instead);
	printf("; strange=%" PRIu64 "\n", c->strange);
}

/* Reads to the end. Return: bytes behind the last frame, or -1. */
static int read_all(struct check *c)
{
	static unsigned char buf[CHUNK * sizeof(uint32_t)];
	size_t i, n, part = 0;
	uint32_t value;

	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0) {
		for (i = 0; i + sizeof(value) <= n; i += sizeof(value)) {
			memcpy(&value, buf + i, sizeof(value));
			check_frame(c, value);
			c->received++;
		}
		part = n - i;
	}
	if (ferror(stdin)) {
		perror("frames");
		return -1;
	}
	return (int)part;
}

static int check(uint32_t count)
{
	struct check c = { .count = count, .inverse = invert(),
			   .first = UINT64_MAX };
	int part = read_all(&c);
	bool exact;

	if (part < 0)
		return 1;
	exact = c.first == UINT64_MAX && c.next == count && !part;
	c.lost += count - c.next;
	show(&c, exact);
	if (part)
		printf("%d bytes behind the last frame\n", part);
	return exact ? 0 : 1;
}

static int check_pieces(uint32_t count)
{
	struct check c = { .count = count, .inverse = invert(), .again = true,
			   .first = UINT64_MAX };
	int part = read_all(&c);

	printf("pieces=%" PRIu64 " frames=%" PRIu64 " lost=%" PRIu64
	       " repeated=%" PRIu64 " changed=%" PRIu64
	       " padding=%" PRIu64 "\n", c.pieces, c.received, c.lost, c.repeated,
	       c.strange, c.padding);
	return part || c.repeated || c.strange || !c.pieces ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool checking = argc == 3 && !strcmp(argv[1], "--check");
	bool pieces = argc == 3 && !strcmp(argv[1], "--pieces");
	unsigned long count = 0;
	char *end = NULL;

	errno = 0;
	if (checking || pieces || argc == 2)
		count = strtoul(argv[argc - 1], &end, 10);
	if (!end || *end || end == argv[argc - 1] || errno ||
	    !count || count >= UINT32_MAX) {
		fprintf(stderr, "usage: frames [--check|--pieces] COUNT\n");
		return 2;
	}
	if (pieces)
		return check_pieces(count);
	return checking ? check(count) : generate(count);
}
