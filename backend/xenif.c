// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: grants and event channels of one stream, by the Xen libraries.
 *
 * Each stream has its own two handles. Closing them releases whatever is
 * still mapped or bound, on every path and also when the process dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xentoollog.h>
#include <xen/grant_table.h>

#include "proto.h"
#include "xenif.h"

/**
 * struct xenif - one stream's Xen handles
 * @logger: what the libraries write their lines with; first, see log_for_xen()
 * @log: the guest's log budget
 * @domid: the guest
 * @evtchn: event channels; its descriptor does not block
 * @gnttab: grants
 */
struct xenif {
	xentoollog_logger logger;
	struct log_guest *log;
	uint32_t domid;
	xenevtchn_handle *evtchn;
	xengnttab_handle *gnttab;
};

/*
 * The libraries' own logger writes to stderr, as often as a guest makes a call
 * fail. This one takes the guest's log budget. The caller needs errno.
 */
static void log_for_xen(xentoollog_logger *logger, xentoollog_level level,
			int err, const char *context, const char *format,
			va_list ap)
{
	struct xenif *x = (struct xenif *)logger;
	int saved_errno = errno;
	char text[128];

	vsnprintf(text, sizeof(text), format, ap);
	log_for(x->log, level >= XTL_ERROR ? LVL_ERROR :
			level >= XTL_WARN ? LVL_WARN : LVL_DEBUG,
		"%s: %s%s%s", context ? context : "Xen", text,
		err > 0 ? ": " : "", err > 0 ? strerror(err) : "");
	errno = saved_errno;
}

/**
 * xenif_open() - get handles for a guest's stream.
 * @domid: the guest
 * @log: the guest's log budget, outlives the handles
 *
 * Return: handles, or NULL with errno set.
 */
struct xenif *xenif_open(uint32_t domid, struct log_guest *log)
{
	struct xenif *x = calloc(1, sizeof(*x));
	int fd;

	if (!x)
		return NULL;
	x->logger.vmessage = log_for_xen;
	x->log = log;
	x->domid = domid;
	x->evtchn = xenevtchn_open(&x->logger, 0);
	x->gnttab = xengnttab_open(&x->logger, 0);
	if (!x->evtchn || !x->gnttab) {
		xenif_close(x);
		return NULL;
	}
	fd = xenevtchn_fd(x->evtchn);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return x;
}

/**
 * xenif_close() - release everything.
 * @x: handles
 */
void xenif_close(struct xenif *x)
{
	if (x->evtchn)
		xenevtchn_close(x->evtchn);
	if (x->gnttab)
		xengnttab_close(x->gnttab);
	free(x);
}

/**
 * xenif_map() - map pages of the guest next to each other.
 * @x: handles
 * @refs: grant references
 * @count: how many
 * @writable: for writing too
 *
 * Return: address, or NULL with errno set.
 */
void *xenif_map(struct xenif *x, const uint32_t *refs, unsigned int count,
		bool writable)
{
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;

	/* the library only reads the references, without a const */
	return xengnttab_map_domain_grant_refs(x->gnttab, count, x->domid,
					       (uint32_t *)(uintptr_t)refs,
					       prot);
}

/**
 * xenif_unmap() - undo xenif_map().
 * @x: handles
 * @addr: what it returned
 * @count: as given to it
 */
void xenif_unmap(struct xenif *x, void *addr, unsigned int count)
{
	xengnttab_unmap(x->gnttab, addr, count);
}

/**
 * xenif_copy() - copy a page of the guest.
 * @x: handles
 * @ref: grant reference
 * @page: gets the copy
 *
 * Return: false if the grant is bad.
 */
bool xenif_copy(struct xenif *x, uint32_t ref, void *page)
{
	xengnttab_grant_copy_segment_t copy = {
		.source.foreign.ref = ref,
		.source.foreign.domid = (uint16_t)x->domid,
		.dest.virt = page,
		.len = SND_PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};

	return !xengnttab_grant_copy(x->gnttab, 1, &copy) &&
	       copy.status == GNTST_okay;
}

/**
 * xenif_write() - write into a page of the guest that need not be mapped.
 * @x: handles
 * @ref: grant reference
 * @offset: where in the page, bytes
 * @data: what
 * @length: how much, up to the end of the page at most
 *
 * Return: false if the grant is bad, or for reading only.
 */
bool xenif_write(struct xenif *x, uint32_t ref, uint32_t offset,
		 const void *data, uint32_t length)
{
	xengnttab_grant_copy_segment_t copy = {
		/* the library only reads it, without a const */
		.source.virt = (void *)(uintptr_t)data,
		.dest.foreign.ref = ref,
		.dest.foreign.offset = (uint16_t)offset,
		.dest.foreign.domid = (uint16_t)x->domid,
		.len = (uint16_t)length,
		.flags = GNTCOPY_dest_gref,
	};

	return !xengnttab_grant_copy(x->gnttab, 1, &copy) &&
	       copy.status == GNTST_okay;
}

/**
 * xenif_bind() - connect to a port that the guest has allocated.
 * @x: handles
 * @remote_port: the guest's end
 *
 * Return: the local port, or -1 with errno set.
 */
int xenif_bind(struct xenif *x, uint32_t remote_port)
{
	return xenevtchn_bind_interdomain(x->evtchn, x->domid, remote_port);
}

/**
 * xenif_fd() - descriptor that is readable when a port has fired.
 * @x: handles
 */
int xenif_fd(struct xenif *x)
{
	return xenevtchn_fd(x->evtchn);
}

/**
 * xenif_pending() - take one fired port; it stays masked.
 * @x: handles
 *
 * Return: the local port, or -1 if there is none.
 */
int xenif_pending(struct xenif *x)
{
	return xenevtchn_pending(x->evtchn);
}

/**
 * xenif_unmask() - allow a port to fire again.
 * @x: handles
 * @port: the local port
 */
void xenif_unmask(struct xenif *x, int port)
{
	xenevtchn_unmask(x->evtchn, (evtchn_port_t)port);
}

/**
 * xenif_notify() - notify the guest.
 * @x: handles
 * @port: the local port
 */
void xenif_notify(struct xenif *x, int port)
{
	xenevtchn_notify(x->evtchn, (evtchn_port_t)port);
}
