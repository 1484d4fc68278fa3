// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Attacks by what is granted: nothing, read-only, no longer; directories.
 */
#include <stdlib.h>

#include "front.h"

#define BUF	(4 * PAGE)
#define SHARED	64u

static struct stream *const p = &streams[0], *const c = &streams[1];

static int open_with(struct stream *s, uint32_t directory)
{
	struct xensnd_req req = open_req(s, BUF, PAGE);

	req.op.open.gref_directory = directory;
	return stream_ask(s, &req);
}

static void directory_never_granted(void)
{
	EXPECT(open_with(p, NO_GRANT), -XEN_EFAULT);
	EXPECT(open_with(p, 0), -XEN_EINVAL);
	EXPECT(open_with(p, UINT32_MAX), -XEN_EFAULT);
	/* granted, but to be read only: that is all the backend wants */
	pages_free(&p->dir);
	pages_alloc(&p->dir, 1, false);
	memcpy(p->dir.mem + 4, p->buf.refs, 4 * sizeof(uint32_t));
	EXPECT(open_with(p, p->dir.refs[0]), 0);
}

static void data_never_granted(void)
{
	uint32_t *dir = (uint32_t *)p->dir.mem;
	static const uint32_t refs[] = { NO_GRANT, UINT32_MAX, 0x80000000 };
	unsigned int i;

	for (i = 0; i < 12; i++) {
		dir[1 + i % 4] = refs[i / 4];
		EXPECT(stream_open(p), -XEN_EFAULT);
		dir[1 + i % 4] = p->buf.refs[i % 4];
	}
	dir[2] = 0;
	EXPECT(stream_open(p), -XEN_EINVAL);
	dir[2] = p->buf.refs[1];
	EXPECT(stream_open(p), 0);
}

/* What the backend has to write must be writable; playback need not. */
static void data_read_only(void)
{
	buffer_free(p);
	buffer_free(c);
	buffer_alloc(p, 4, false);
	buffer_alloc(c, 4, false);
	EXPECT(stream_open(c), -XEN_EFAULT);
	EXPECT(stream_open(p), 0);
	EXPECT(stream_rw(p, 0, BUF), 0);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_START), 0);
}

static void revoked_before_open(void)
{
	uint32_t ref = p->dir.refs[0];

	pages_revoke(&p->buf);
	EXPECT(stream_open(p), -XEN_EFAULT);
	pages_revoke(&p->dir);
	EXPECT(open_with(p, ref), -XEN_EFAULT);
}

/* The guest wants its pages back while they are played and recorded into. */
static void revoked_while_mapped(void)
{
	struct pages more;

	EXPECT(stream_open(p), 0);
	EXPECT(stream_open(c), 0);
	EXPECT(stream_rw(p, 0, BUF), 0);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_START), 0);
	EXPECT(stream_trigger(c, XENSND_OP_TRIGGER_START), 0);
	pages_revoke(&p->buf);
	pages_revoke(&p->dir);
	pages_revoke(&c->buf);
	EXPECT(stream_rw(c, 0, 2 * PAGE), 0);
	sleep_ms(200);
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
	EXPECT(stream_op(c, XENSND_OP_CLOSE), 0);
	/* gntalloc tries again when it is asked for more; they are gone then */
	pages_alloc(&more, 1, true);
	pages_free(&more);
	EXPECT(stream_open(c), -XEN_EFAULT);
}

/* Two pages' worth of references, linked as @links says; 0 is the first. Xen
 * lets a grant be mapped some 250 times.
 */
static int open_linked(const int links[2], unsigned int pages)
{
	struct pages dirs, data;
	struct xensnd_req req;
	unsigned int i, k;
	int ret;

	pages_alloc(&dirs, 2, true);
	pages_alloc(&data, SHARED, true);
	for (i = 0; i < 2; i++) {
		uint32_t *page = (uint32_t *)(dirs.mem + i * PAGE);

		for (k = 1; k < 1024; k++)
			page[k] = data.refs[k % SHARED];
		page[0] = links[i] < 0 ? (uint32_t)-links[i] :
			  links[i] < 2 ? dirs.refs[links[i]] : 0;
	}
	req = open_req(p, pages * PAGE, PAGE);
	req.op.open.gref_directory = dirs.refs[0];
	ret = stream_ask(p, &req);
	if (!ret)
		stream_op(p, XENSND_OP_CLOSE);
	pages_free(&dirs);
	pages_free(&data);
	return ret;
}

static void directory_loops(void)
{
	/* a page that is its own successor, a pair that is each other's */
	EXPECT(open_linked((int[]){ 0, 0 }, 2000), -XEN_EINVAL);
	EXPECT(open_linked((int[]){ 1, 0 }, 3000), -XEN_EINVAL);
	EXPECT(open_linked((int[]){ 1, 1 }, 4096), -XEN_EINVAL);
	/* it ends too early; it leads nowhere; unused links do not matter */
	EXPECT(open_linked((int[]){ 2, 2 }, 2000), -XEN_EINVAL);
	EXPECT(open_linked((int[]){ -NO_GRANT, 2 }, 2000), -XEN_EFAULT);
	EXPECT(open_linked((int[]){ 1, 0 }, 2000), 0);
	EXPECT(open_linked((int[]){ 0, 0 }, 1000), 0);
}

/* What the backend reads is not what it has read before. */
static void directory_changes(void)
{
	uint32_t *dir = (uint32_t *)p->dir.mem;
	unsigned int i;
	int ret;

	for (i = 0; i < 200; i++) {
		struct xensnd_req req = open_req(p, BUF, PAGE);
		struct xensnd_resp resp;

		stream_put(p, &req);
		port_kick(p->port);
		dir[1 + i % 4] = NO_GRANT;
		dir[0] = p->dir.refs[0];
		dir[1 + i % 4] = p->buf.refs[i % 4];
		if (!stream_answer(p, &resp, 2000)) {
			wrong("no answer");
			return;
		}
		ret = resp.status;
		if (ret && ret != -XEN_EFAULT)
			wrong("status %d", ret);
		if (!ret)
			EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
	}
}

/* The same few pages all over each buffer: 16 MiB cost a guest nothing. */
static void memory_hog(void)
{
	struct pages dirs, data;
	struct xensnd_req req;
	unsigned int i, k;
	int status[2];

	pages_alloc(&dirs, 5, true);
	pages_alloc(&data, SHARED, true);
	for (i = 0; i < 5; i++) {
		uint32_t *page = (uint32_t *)(dirs.mem + i * PAGE);

		for (k = 1; k < 1024; k++)
			page[k] = data.refs[k % SHARED];
		page[0] = dirs.refs[(i + 1) % 5];
	}
	for (i = 0; i < 2; i++) {
		req = open_req(&streams[i], 16 << 20, PAGE);
		req.op.open.gref_directory = dirs.refs[0];
		status[i] = stream_ask(&streams[i], &req);
	}
	/* 16 MiB, and twice 16 more; the budget is 40 here */
	EXPECT(status[0], 0);
	EXPECT(status[1], -XEN_ENOMEM);
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
	EXPECT(stream_ask(c, &req), 0);
	EXPECT(stream_op(c, XENSND_OP_CLOSE), 0);
	req.op.open.buffer_sz++;
	EXPECT(stream_ask(c, &req), -XEN_EINVAL);
	pages_free(&dirs);
	pages_free(&data);
}

const struct attack memory_attacks[] = {
	{ "directory-never-granted", directory_never_granted },
	{ "data-never-granted", data_never_granted },
	{ "data-read-only", data_read_only },
	{ "revoked-before-open", revoked_before_open },
	{ "revoked-while-mapped", revoked_while_mapped },
	{ "directory-loops", directory_loops },
	{ "directory-changes", directory_changes },
	{ "memory-hog", memory_hog },
	{ NULL, NULL },
};
