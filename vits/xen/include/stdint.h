/* SPDX-License-Identifier: GPL-2.0 */
/* The core asks for the compiler's header, which Xen does not use. */
#include <xen/types.h>
