// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: mapping a stream's audio buffer.
 *
 * Xen copies the directory pages, which is cheaper than to map and unmap them;
 * changes by the guest after that have no effect. The data pages are
 * mapped at OPEN and stay until CLOSE.
 */
#include <stdlib.h>

#include "shbuf.h"
#include "util.h"

static int read_directory(struct xenif *x, grant_ref_t first, uint32_t *refs,
			  unsigned int num_pages)
{
	uint32_t page[SND_PAGE_SIZE / sizeof(uint32_t)];
	struct snd_dir_walk walk;
	int ret;

	ret = snd_dir_start(&walk, first, refs, num_pages);
	if (ret)
		return ret;
	do {
		if (!xenif_copy(x, walk.next, page))
			return -XEN_EFAULT;
		ret = snd_dir_page(&walk, page);
	} while (ret == 1);
	return ret;
}

/**
 * shbuf_map() - map what an OPEN request's page directory describes.
 * @b: result; nothing is mapped on error
 * @x: the stream's Xen handles
 * @directory: first directory page
 * @num_pages: data pages, at most SND_MAX_PAGES
 * @writable: for capture; playback pages are mapped for reading only
 *
 * Context: the stream's thread.
 * Return: 0, -XEN_EINVAL for a bad directory, -XEN_EFAULT for bad grants.
 */
int shbuf_map(struct shbuf *b, struct xenif *x, grant_ref_t directory,
	      unsigned int num_pages, bool writable)
{
	uint32_t *refs = calloc(num_pages, sizeof(*refs));
	int ret;

	b->data = NULL;
	b->refs = NULL;
	if (!refs)
		return -XEN_ENOMEM;
	ret = read_directory(x, directory, refs, num_pages);
	if (!ret) {
		b->data = xenif_map(x, refs, num_pages, writable);
		b->num_pages = num_pages;
		if (!b->data)
			ret = -XEN_EFAULT;
	}
	if (ret)
		free(refs);
	else
		b->refs = refs;
	return ret;
}

/**
 * shbuf_write() - write to the guest's buffer, also to one mapped for reading.
 * @b: mapped buffer
 * @x: the stream's Xen handles
 * @offset: where, bytes
 * @data: what
 * @length: how much; all of it lies inside of the buffer
 *
 * Xen copies: a mapping for writing would be open to mistakes all the time.
 *
 * Context: the stream's thread.
 * Return: false if the guest has not granted its pages for writing.
 */
bool shbuf_write(const struct shbuf *b, struct xenif *x, uint32_t offset,
		 const void *data, uint32_t length)
{
	const uint8_t *from = data;

	while (length) {
		uint32_t at = offset % SND_PAGE_SIZE;
		uint32_t n = min_u32(length, SND_PAGE_SIZE - at);

		if (!xenif_write(x, b->refs[offset / SND_PAGE_SIZE], at, from,
				 n))
			return false;
		from += n;
		offset += n;
		length -= n;
	}
	return true;
}

/**
 * shbuf_unmap() - undo shbuf_map(); harmless if nothing is mapped.
 * @b: buffer
 * @x: the stream's Xen handles
 */
void shbuf_unmap(struct shbuf *b, struct xenif *x)
{
	if (b->data)
		xenif_unmap(x, b->data, b->num_pages);
	b->data = NULL;
	free(b->refs);
	b->refs = NULL;
}
