// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * domu-grants DOMID: count a domain's grant table entries that grant
 * something, whether anybody maps them or not.
 *
 * Xen's own debug key lists only what is mapped; what a frontend forgot to
 * end is not. Version 1 tables, which is what Linux uses here.
 */
#define __XEN_TOOLS__ 1
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>

#define FRAME_SIZE 4096
#define ENTRIES (FRAME_SIZE / sizeof(grant_entry_v1_t))

static unsigned long count_frame(xenforeignmemory_handle *fmem, domid_t domid,
				 unsigned int frame)
{
	xenforeignmemory_resource_handle *res;
	const grant_entry_v1_t *entry;
	unsigned long used = 0;
	void *addr = NULL;
	size_t i;

	res = xenforeignmemory_map_resource(fmem, domid,
					    XENMEM_resource_grant_table,
					    XENMEM_resource_grant_table_id_shared,
					    frame, 1, &addr, PROT_READ, 0);
	if (!res) {
		perror("xenforeignmemory_map_resource");
		exit(1);
	}
	entry = addr;
	for (i = 0; i < ENTRIES; i++)
		used += (entry[i].flags & GTF_type_mask) != GTF_invalid;
	xenforeignmemory_unmap_resource(fmem, res);
	return used;
}

int main(int argc, char **argv)
{
	struct gnttab_query_size size = { 0 };
	xenforeignmemory_handle *fmem;
	unsigned long used = 0;
	xc_interface *xc;
	unsigned int i;

	if (argc != 2) {
		fprintf(stderr, "usage: domu-grants DOMID\n");
		return 2;
	}
	size.dom = (domid_t)atoi(argv[1]);
	xc = xc_interface_open(NULL, NULL, 0);
	if (!xc || xc_gnttab_query_size(xc, &size) || size.status) {
		fprintf(stderr, "domu-grants: no grant table\n");
		return 1;
	}
	xc_interface_close(xc);
	fmem = xenforeignmemory_open(NULL, 0);
	if (!fmem) {
		perror("xenforeignmemory_open");
		return 1;
	}
	/* Not a frame more: asking for one would make the table grow. */
	for (i = 0; i < size.nr_frames; i++)
		used += count_frame(fmem, size.dom, i);
	xenforeignmemory_close(fmem);
	printf("%lu\n", used);
	return 0;
}
