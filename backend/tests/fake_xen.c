// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: xenif.h on a memfd and eventfds.
 *
 * Guest pages are pages of one memfd, so that the backend's mappings are other
 * addresses of the same memory, next to each other, and read-only where it
 * asked for that: a forbidden write is a SIGSEGV.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_xen.h"
#include "util.h"
#include "xenif.h"

#define PAGE		4096u
#define MAX_PAGES	16384u
#define FIRST_REF	8u
#define MAX_PORTS	1024u

struct xenif {
	int fd;
	pthread_mutex_t lock;
	bool pending[MAX_PORTS];
};

struct port {
	bool used;
	bool masked;
	int guest_fd;
	struct xenif *bound;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int mem_fd = -1;
static uint32_t next_page;
static unsigned int mapped, bound;
static uint32_t read_only;
static atomic_uint stall_ms;
static struct port ports[MAX_PORTS];

void *fake_pages(unsigned int count, uint32_t *ref)
{
	void *p;

	if (mem_fd < 0) {
		mem_fd = memfd_create("guest", MFD_CLOEXEC);
		if (ftruncate(mem_fd, (off_t)MAX_PAGES * PAGE))
			abort();
	}
	if (next_page + count > MAX_PAGES)
		next_page = 0;
	*ref = next_page + FIRST_REF;
	p = mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED, mem_fd, (off_t)next_page * PAGE);
	next_page += count;
	for (size_t i = 0; i < (size_t)count * PAGE; i++)
		((char *)p)[i] = 0;
	return p;
}

void *fake_page(uint32_t *ref)
{
	return fake_pages(1, ref);
}

void fake_pages_free(void *addr, unsigned int count)
{
	munmap(addr, (size_t)count * PAGE);
}

uint32_t fake_port(int *fd)
{
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 1; ports[i].used; i++)
		;
	ports[i].used = true;
	ports[i].masked = false;
	ports[i].bound = NULL;
	ports[i].guest_fd = eventfd(0, EFD_NONBLOCK);
	*fd = ports[i].guest_fd;
	pthread_mutex_unlock(&lock);
	return i;
}

void fake_port_free(uint32_t port)
{
	pthread_mutex_lock(&lock);
	close(ports[port].guest_fd);
	ports[port].used = false;
	pthread_mutex_unlock(&lock);
}

/* lock is held */
static void raise_port(uint32_t port)
{
	struct xenif *x = ports[port].bound;
	uint64_t one = 1;

	x->pending[port] = true;
	if (!ports[port].masked && write(x->fd, &one, sizeof(one)) < 0)
		abort();
}

void fake_kick(uint32_t port)
{
	pthread_mutex_lock(&lock);
	if (ports[port].bound)
		raise_port(port);
	pthread_mutex_unlock(&lock);
}

void fake_stall(unsigned int ms)
{
	atomic_store(&stall_ms, ms);
}

unsigned int fake_mapped(void)
{
	return mapped;
}

unsigned int fake_bound(void)
{
	return bound;
}

struct xenif *xenif_open(uint32_t domid, struct log_guest *log)
{
	struct xenif *x = calloc(1, sizeof(*x));

	(void)domid;
	(void)log;
	x->fd = eventfd(0, EFD_NONBLOCK);
	return x;
}

void xenif_close(struct xenif *x)
{
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < MAX_PORTS; i++) {
		if (ports[i].bound == x) {
			ports[i].bound = NULL;
			bound--;
		}
	}
	pthread_mutex_unlock(&lock);
	close(x->fd);
	free(x);
}

void *xenif_map(struct xenif *x, const uint32_t *refs, unsigned int count,
		bool writable)
{
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	unsigned int i;
	char *base;

	(void)x;
	for (i = 0; i < count; i++) {
		if (refs[i] < FIRST_REF || refs[i] >= FIRST_REF + MAX_PAGES) {
			errno = EINVAL;
			return NULL;
		}
	}
	base = mmap(NULL, (size_t)count * PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < count; i++)
		mmap(base + (size_t)i * PAGE, PAGE, prot,
		     MAP_SHARED | MAP_FIXED, mem_fd,
		     (off_t)(refs[i] - FIRST_REF) * PAGE);
	__atomic_fetch_add(&mapped, count, __ATOMIC_SEQ_CST);
	return base;
}

void xenif_unmap(struct xenif *x, void *addr, unsigned int count)
{
	(void)x;
	munmap(addr, (size_t)count * PAGE);
	__atomic_fetch_sub(&mapped, count, __ATOMIC_SEQ_CST);
}

bool xenif_copy(struct xenif *x, uint32_t ref, void *page)
{
	void *from = xenif_map(x, &ref, 1, false);

	if (!from)
		return false;
	memcpy(page, from, PAGE);
	xenif_unmap(x, from, 1);
	return true;
}

bool xenif_write(struct xenif *x, uint32_t ref, uint32_t offset,
		 const void *data, uint32_t length)
{
	uint8_t *to = ref == read_only ? NULL : xenif_map(x, &ref, 1, true);

	if (!to)
		return false;
	if (offset + length > PAGE)
		abort();
	memcpy(to + offset, data, length);
	xenif_unmap(x, to, 1);
	return true;
}

void fake_read_only(uint32_t ref)
{
	read_only = ref;
}

int xenif_bind(struct xenif *x, uint32_t remote_port)
{
	int ret = -1;

	pthread_mutex_lock(&lock);
	if (remote_port < MAX_PORTS && ports[remote_port].used &&
	    !ports[remote_port].bound) {
		ports[remote_port].bound = x;
		bound++;
		ret = (int)remote_port;
	}
	pthread_mutex_unlock(&lock);
	errno = EINVAL;
	return ret;
}

int xenif_fd(struct xenif *x)
{
	return x->fd;
}

int xenif_pending(struct xenif *x)
{
	uint64_t count;
	int i, found = -1;

	pthread_mutex_lock(&lock);
	for (i = 0; i < (int)MAX_PORTS && found < 0; i++)
		if (x->pending[i] && !ports[i].masked)
			found = i;
	if (found >= 0) {
		x->pending[found] = false;
		ports[found].masked = true;
	} else if (read(x->fd, &count, sizeof(count)) < 0) {
		errno = EAGAIN;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void xenif_unmask(struct xenif *x, int port)
{
	pthread_mutex_lock(&lock);
	ports[port].masked = false;
	if (x->pending[port])
		raise_port((uint32_t)port);
	pthread_mutex_unlock(&lock);
}

void xenif_notify(struct xenif *x, int port)
{
	unsigned int ms = atomic_exchange(&stall_ms, 0);
	uint64_t one = 1;

	(void)x;
	if (ms)
		usleep(ms * 1000);
	if (write(ports[port].guest_fd, &one, sizeof(one)) < 0)
		abort();
}
