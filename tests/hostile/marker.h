/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What guest memory is filled with before anything is shared: 16 bytes, aligned.
 */
#ifndef HOSTILE_MARKER_H
#define HOSTILE_MARKER_H

#define MARKER		"This is a secret"
#define MARKER_LEN	16u

#endif
