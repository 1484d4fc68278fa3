/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what libraries write to stderr by themselves.
 */
#ifndef XSB_STRAY_H
#define XSB_STRAY_H

int stray_begin(void);
void stray_read(void);

#endif
