// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: all that the guest shares, mapped, kept, and searched
 *
 * A page of the guest's that holds the marker (see marker.c) has been somebody else's
 * before, or is somebody else's now.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hostile.h"
#include "marker.h"

#define MAX_KEPT	16384u

/* Pages that the frontend believes it has taken back, as it left them. */
static struct kept {
	const uint8_t *page;
	uint64_t sum;
} kept[MAX_KEPT];
static unsigned int num_kept;

static uint64_t sum_of(const uint8_t *page)
{
	uint64_t sum = 14695981039346656037u;
	unsigned int i;

	for (i = 0; i < SND_PAGE_SIZE; i++)
		sum = (sum ^ page[i]) * 1099511628211u;
	return sum;
}

static void keep_page(const void *page)
{
	if (!page || num_kept == MAX_KEPT)
		return;
	kept[num_kept++].page = page;
}

static void search(const void *page)
{
	const uint8_t *p = page;
	unsigned int i;

	hostile.scanned++;
	for (i = 0; i + MARKER_LEN <= SND_PAGE_SIZE; i += MARKER_LEN)
		if (!memcmp(p + i, MARKER, MARKER_LEN))
			hostile.found += MARKER_LEN;
}

static void *map(struct voice *v, uint32_t *refs, unsigned int count)
{
	return xengnttab_map_domain_grant_refs(v->xg, count, v->info.domid,
					       refs, PROT_READ | PROT_WRITE);
}

/* Return: false if there is a page that cannot be had. */
static bool map_dirs(struct voice *v, uint32_t first, uint32_t *refs,
		     unsigned int pages)
{
	uint32_t copy[SND_PAGE_SIZE / sizeof(uint32_t)];
	struct area *a = &v->area;
	struct snd_dir_walk walk;
	int ret;

	if (snd_dir_start(&walk, first, refs, pages))
		return false;
	do {
		if (a->num_dirs == MAX_DIRS)
			return false;
		a->dirs[a->num_dirs] = map(v, &walk.next, 1);
		if (!a->dirs[a->num_dirs])
			return false;
		memcpy(copy, a->dirs[a->num_dirs++], sizeof(copy));
		ret = snd_dir_page(&walk, copy);
	} while (ret == 1);
	return !ret;
}

/**
 * area_map() - map an audio buffer and its directory.
 * @v: voice
 * @req: the OPEN request
 *
 * Return: false if that cannot be done; what there is stays.
 */
bool area_map(struct voice *v, const struct xensnd_open_req *req)
{
	unsigned int pages = (req->buffer_sz + SND_PAGE_SIZE - 1) / SND_PAGE_SIZE;
	uint32_t refs[MAX_PAGES];

	memset(&v->area, 0, sizeof(v->area));
	if (!pages || pages > MAX_PAGES ||
	    !map_dirs(v, req->gref_directory, refs, pages))
		return false;
	v->area.data = map(v, refs, pages);
	v->area.pages = pages;
	return v->area.data;
}

/**
 * area_unmap() - unmap the buffer, unless it is to be kept.
 * @v: voice
 */
void area_unmap(struct voice *v)
{
	struct area *a = &v->area;
	unsigned int i;

	for (i = 0; i < a->num_dirs; i++) {
		if (hostile.keep)
			keep_page(a->dirs[i]);
		else
			xengnttab_unmap(v->xg, a->dirs[i], 1);
	}
	for (i = 0; a->data && hostile.keep && i < a->pages; i++)
		keep_page(a->data + (size_t)i * SND_PAGE_SIZE);
	if (a->data && !hostile.keep)
		xengnttab_unmap(v->xg, a->data, a->pages);
	memset(a, 0, sizeof(*a));
}

/**
 * area_keep_rings() - the ring pages are kept, too.
 * @v: voice
 */
void area_keep_rings(const struct voice *v)
{
	keep_page(v->page);
	keep_page(v->evt_page);
}

/**
 * area_kept_begin() - the frontend has taken all back: nothing changes any more.
 */
void area_kept_begin(void)
{
	unsigned int i;

	for (i = 0; i < num_kept; i++)
		kept[i].sum = sum_of(kept[i].page);
}

/**
 * area_kept() - how many pages are kept mapped.
 */
unsigned int area_kept(void)
{
	return num_kept;
}

/**
 * area_kept_scan() - has any kept page changed its owner?
 *
 * The frontend's hands are off: neither a marker nor any other change is right.
 */
void area_kept_scan(void)
{
	unsigned int i, changed = 0;

	for (i = 0; i < num_kept; i++) {
		search(kept[i].page);
		changed += sum_of(kept[i].page) != kept[i].sum;
	}
	note("kept pages=%u changed=%u marker=%lu", num_kept, changed,
	     hostile.found);
}

/**
 * area_scan() - search all that is mapped of a voice.
 * @v: voice
 */
void area_scan(struct voice *v)
{
	struct area *a = &v->area;
	unsigned int i;

	if (v->page)
		search(v->page);
	if (v->evt_page)
		search(v->evt_page);
	for (i = 0; i < a->num_dirs; i++)
		search(a->dirs[i]);
	for (i = 0; a->data && i < a->pages; i++)
		search(a->data + (size_t)i * SND_PAGE_SIZE);
}
