// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-mark: count hypercalls with Xen's trace buffers.
 *
 * The buffers are large enough for a whole run, so nobody reads them while it
 * goes on, and tracing costs Dom0 nothing. A record says what was called, the
 * runstate records between say by which: one stream of records for each
 * physical CPU.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenctrl.h>
#include <xen/trace.h>
#include <xenforeignmemory.h>

#include "trace.h"

#define PAGES		2048u
#define RUNNING		0u
#define NOBODY		UINT32_MAX

static unsigned int num_cpus;
static struct t_buf **bufs;
static uint32_t data_size;

static void *map(xenforeignmemory_handle *fmem, int prot, const xen_pfn_t *pfns,
		 size_t num)
{
	return xenforeignmemory_map(fmem, DOMID_XEN, prot, num, pfns, NULL);
}

static struct t_info *map_info(xenforeignmemory_handle *fmem,
			       unsigned long mfn, unsigned long size)
{
	size_t i, num = (size + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE;
	xen_pfn_t *pfns = calloc(num, sizeof(*pfns));
	void *info;

	if (!pfns)
		return NULL;
	for (i = 0; i < num; i++)
		pfns[i] = mfn + i;
	info = map(fmem, PROT_READ, pfns, num);
	free(pfns);
	return info;
}

static bool map_cpu(xenforeignmemory_handle *fmem, const struct t_info *info,
		    unsigned int cpu)
{
	const uint32_t *mfns = (const uint32_t *)info + info->mfn_offset[cpu];
	xen_pfn_t *pfns = calloc(info->tbuf_size, sizeof(*pfns));
	unsigned int i;

	if (!pfns)
		return false;
	for (i = 0; i < info->tbuf_size; i++)
		pfns[i] = mfns[i];
	bufs[cpu] = map(fmem, PROT_READ | PROT_WRITE, pfns, info->tbuf_size);
	free(pfns);
	return bufs[cpu];
}

/* Xen's buffers cannot be resized or given back: made once, switched on and off. */
static bool make_buffers(xc_interface *xc)
{
	xenforeignmemory_handle *fmem = xenforeignmemory_open(NULL, 0);
	unsigned long mfn, size;
	xc_physinfo_t phys = { 0 };
	struct t_info *info;
	unsigned int cpu;

	if (!fmem || xc_physinfo(xc, &phys) ||
	    xc_tbuf_enable(xc, PAGES, &mfn, &size))
		return false;
	info = map_info(fmem, mfn, size);
	num_cpus = phys.max_cpu_id + 1;
	bufs = calloc(num_cpus, sizeof(struct t_buf *));
	if (!info || !bufs)
		return false;
	data_size = info->tbuf_size * XC_PAGE_SIZE -
		    (uint32_t)sizeof(struct t_buf);
	for (cpu = 0; cpu < num_cpus; cpu++)
		if (info->mfn_offset[cpu] && !map_cpu(fmem, info, cpu))
			return false;
	return true;
}

/**
 * trace_start() - record hypercalls from now on.
 * @xc: libxenctrl
 *
 * Return: false with errno set if Xen cannot.
 */
bool trace_start(xc_interface *xc)
{
	unsigned int cpu;

	if (!bufs && !make_buffers(xc))
		return false;
	for (cpu = 0; cpu < num_cpus; cpu++)
		if (bufs[cpu])
			bufs[cpu]->cons = bufs[cpu]->prod;
	return !xc_tbuf_set_evt_mask(xc, TRC_PV_ENTRY | TRC_SCHED_MIN);
}

/* A record's words may lie at both ends of the buffer. */
static uint32_t word(const struct t_buf *buf, uint32_t at)
{
	uint32_t w;

	memcpy(&w, (const char *)(buf + 1) + at % data_size, sizeof(w));
	return w;
}

static void take(uint32_t event, uint32_t first, uint32_t domid,
		 uint32_t *current, struct hypercalls *h)
{
	if (event == TRC_LOST_RECORDS) {
		h->lost += first;
	} else if ((event & ~0xff0u) == TRC_SCHED_RUNSTATE_CHANGE) {
		if ((event >> 4 & 0xf) == RUNNING)
			*current = first >> 16;
		else if (*current == first >> 16)
			*current = NOBODY;
	} else if ((event & ~TRC_64_FLAG) == TRC_PV_HYPERCALL_V2 &&
		   *current == domid) {
		h->op[(first & ~TRC_PV_HYPERCALL_V2_ARG_MASK) % TRACE_OPS]++;
		h->all++;
	}
}

static void walk(struct t_buf *buf, uint32_t domid, struct hypercalls *h)
{
	uint32_t at = buf->cons, end = buf->prod, current = NOBODY;
	uint32_t head, extra, words;

	while (at != end) {
		head = word(buf, at);
		extra = head >> 28 & 7;
		words = 1 + extra + (head >> 31 ? 2 : 0);
		take(head & 0x0fffffff, extra ? word(buf, at + (words - extra) *
						     sizeof(uint32_t)) : 0,
		     domid, &current, h);
		at = (at + words * (uint32_t)sizeof(uint32_t)) %
		     (2 * data_size);
	}
	buf->cons = end;
}

/**
 * trace_stop() - end what trace_start() began.
 * @xc: libxenctrl
 * @domid: whose hypercalls are wanted
 * @h: gets them
 */
void trace_stop(xc_interface *xc, uint32_t domid, struct hypercalls *h)
{
	unsigned int cpu;

	memset(h, 0, sizeof(*h));
	xc_tbuf_set_evt_mask(xc, 0);
	for (cpu = 0; cpu < num_cpus; cpu++)
		if (bufs[cpu])
			walk(bufs[cpu], domid, h);
}
