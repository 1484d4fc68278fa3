/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the version of the daemon and of xen-snd-ctl.
 */
#ifndef XSB_VERSION_H
#define XSB_VERSION_H

#ifndef XSB_VERSION
#define XSB_VERSION "0.1"
#endif

#endif
