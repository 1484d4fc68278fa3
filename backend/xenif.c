// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: grants and event channels of one stream, by the Xen libraries.
 *
 * Each stream has its own two handles. Closing them releases whatever is
 * still mapped or bound, on every path and also when the process dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/grant_table.h>

#include "proto.h"
#include "xenif.h"

/**
 * struct xenif - one stream's Xen handles
 * @domid: the guest
 * @evtchn: event channels; its descriptor does not block
 * @gnttab: grants
 */
struct xenif {
	uint32_t domid;
	xenevtchn_handle *evtchn;
	xengnttab_handle *gnttab;
};

/**
 * xenif_open() - get handles for a guest's stream.
 * @domid: the guest
 *
 * Return: handles, or NULL with errno set.
 */
struct xenif *xenif_open(uint32_t domid)
{
	struct xenif *x = calloc(1, sizeof(*x));
	int fd;

	if (!x)
		return NULL;
	x->domid = domid;
	x->evtchn = xenevtchn_open(NULL, 0);
	x->gnttab = xengnttab_open(NULL, 0);
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
