// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Grants, event channels and XenStore of a frontend in user space.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "front.h"

/* these want Xen's types */
#include <xen/evtchn.h>
#include <xen/gntalloc.h>

#define DEVICE	"device/vsnd/0"

static int gnt_fd, evt_fd;
static struct xs_handle *xs;
static char *backend;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

void front_init(void)
{
	unsigned int len;

	gnt_fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (gnt_fd < 0)
		die("/dev/xen/gntalloc");
	evt_fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	if (evt_fd < 0)
		die("/dev/xen/evtchn");
	xs = xs_open(0);
	if (!xs)
		die("XenStore");
	backend = xs_read(xs, XBT_NULL, DEVICE "/backend", &len);
	if (!backend)
		die(DEVICE "/backend");
}

void pages_alloc(struct pages *p, unsigned int num, bool writable)
{
	struct ioctl_gntalloc_alloc_gref *a;

	a = calloc(1, sizeof(*a) + num * sizeof(uint32_t));
	p->refs = calloc(num, sizeof(uint32_t));
	if (!a || !p->refs)
		die("memory");
	/* the backend is in Dom0 */
	a->domid = 0;
	a->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
	a->count = num;
	if (ioctl(gnt_fd, IOCTL_GNTALLOC_ALLOC_GREF, a))
		die("gntalloc");
	memcpy(p->refs, (char *)a + offsetof(struct ioctl_gntalloc_alloc_gref,
					     gref_ids), num * sizeof(uint32_t));
	p->num = num;
	p->index = a->index;
	free(a);
	p->mem = mmap(NULL, (size_t)num * PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED, gnt_fd, (off_t)p->index);
	if (p->mem == MAP_FAILED)
		die("mmap of granted pages");
	memset(p->mem, 0, (size_t)num * PAGE);
}

/* The grants end, now or when the backend has unmapped the pages. */
void pages_revoke(struct pages *p)
{
	struct ioctl_gntalloc_dealloc_gref d = {
		.index = p->index,
		.count = p->num,
	};

	munmap(p->mem, (size_t)p->num * PAGE);
	p->mem = NULL;
	if (ioctl(gnt_fd, IOCTL_GNTALLOC_DEALLOC_GREF, &d))
		die("end of grants");
}

void pages_free(struct pages *p)
{
	if (p->mem)
		pages_revoke(p);
	free(p->refs);
	memset(p, 0, sizeof(*p));
}

uint32_t port_alloc(void)
{
	struct ioctl_evtchn_bind_unbound_port b = { .remote_domain = 0 };
	int port = ioctl(evt_fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &b);

	if (port < 0)
		die("event channel");
	return (uint32_t)port;
}

void port_free(uint32_t port)
{
	struct ioctl_evtchn_unbind u = { .port = port };

	if (ioctl(evt_fd, IOCTL_EVTCHN_UNBIND, &u))
		die("end of an event channel");
}

void port_kick(uint32_t port)
{
	struct ioctl_evtchn_notify n = { .port = port };

	ioctl(evt_fd, IOCTL_EVTCHN_NOTIFY, &n);
}

bool node_write(const char *node, const char *value, size_t len)
{
	char path[256];

	snprintf(path, sizeof(path), DEVICE "/%s", node);
	return xs_write(xs, XBT_NULL, path, value, (unsigned int)len);
}

bool node_set(const char *node, const char *value)
{
	return node_write(node, value, strlen(value));
}

bool node_num(const char *node, uint32_t value)
{
	char s[16];

	snprintf(s, sizeof(s), "%u", value);
	return node_set(node, s);
}

bool node_remove(const char *node)
{
	char path[256];

	snprintf(path, sizeof(path), DEVICE "/%s", node);
	return xs_rm(xs, XBT_NULL, path);
}

bool state_set(unsigned int state)
{
	return node_num("state", state);
}

unsigned int backend_state(void)
{
	unsigned int len, state;
	char path[256], *s;

	snprintf(path, sizeof(path), "%s/state", backend);
	s = xs_read(xs, XBT_NULL, path, &len);
	state = s ? (unsigned int)atoi(s) : 0;
	free(s);
	return state;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

bool backend_reaches(unsigned int state, unsigned int ms)
{
	uint64_t began = now_ms(), now = began;

	/* mostly it takes no time, or seconds */
	while (backend_state() != state) {
		if (now > began + ms)
			return false;
		sleep_ms(now > began + 200 ? 50 : 5);
		now = now_ms();
	}
	return true;
}
