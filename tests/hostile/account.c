// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: what the guest has cost, by Xen's account
 *
 * A file of its own, because xenctrl.h and the backend each define barriers.
 */
#include <stdint.h>

#include <xenctrl.h>

#include "account.h"

/**
 * account_ns() - CPU time of a domain so far.
 * @domid: domain
 *
 * Return: ns, or 0 if that is unknown.
 */
uint64_t account_ns(uint32_t domid)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_domaininfo_t info;
	uint64_t ns = 0;

	if (!xc)
		return 0;
	if (xc_domain_getinfolist(xc, domid, 1, &info) == 1 &&
	    info.domain == domid)
		ns = info.cpu_time;
	xc_interface_close(xc);
	return ns;
}
