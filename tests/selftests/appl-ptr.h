/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The application's pointer as the kernel has it, behind alsa-lib's back.
 */
#ifndef APPL_PTR_H
#define APPL_PTR_H

int appl_ptr_move(int fd, long frames);
int appl_ptr_get(int fd, unsigned long *frames);
int appl_ptr_map(int fd);

#endif
