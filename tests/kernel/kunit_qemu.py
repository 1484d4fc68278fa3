# SPDX-License-Identifier: GPL-2.0 OR MIT
"""For kunit.py --qemu_config: an x86_64 that goes on after its tests.

kunit.py's own configuration ends with the last test. This one then runs
kunit-init from the initramfs KUNIT_INITRD, which sends the coverage through
the second serial port into the file KUNIT_GCOV.
"""

import os

# Such a file is loaded as if it lay in the kernel's qemu_configs/.
from ..qemu_config import QemuArchParams  # pylint: disable=E0402

INITRD = os.environ.get('KUNIT_INITRD')
EXTRA = ['-initrd', INITRD, '-serial', 'file:' + os.environ['KUNIT_GCOV']] \
    if INITRD else []

QEMU_ARCH = QemuArchParams(
    linux_arch='x86_64',
    kconfig='''
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_BINFMT_ELF=y
CONFIG_BINFMT_SCRIPT=y
CONFIG_DEVTMPFS=y
CONFIG_HIGH_RES_TIMERS=y
CONFIG_DEBUG_FS=y
CONFIG_GCOV_KERNEL=y''',
    qemu_arch='x86_64',
    kernel_path='arch/x86/boot/bzImage',
    kernel_command_line='console=ttyS0 panic=-1 kunit_shutdown=none',
    extra_qemu_params=['-bios', 'qboot.rom', *EXTRA])
