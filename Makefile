# SPDX-License-Identifier: GPL-2.0 OR MIT
#
# Serves in sound/xen/ of a kernel tree and as an external module; the second
# half is for people.

ifneq ($(KERNELRELEASE)$(kbuild-file)$(obj),)

ifneq ($(KBUILD_EXTMOD),)
# Against a distribution's headers nobody configures it.
CONFIG_SND_XEN_FRONTEND ?= m
# What an older kernel lacks
ccflags-y += -idirafter $(src)/compat -include $(src)/compat/compat.h
ifeq ($(shell grep -s hrtimer_setup $(srctree)/include/linux/hrtimer.h),)
ccflags-$(CONFIG_SND_XEN_FRONTEND_KUNIT_TEST) += -include $(src)/compat/hrtimer_setup.h
endif
# Not while it cleans: then no option is known.
ifneq ($(CONFIG_MODULES),)
missing := $(strip $(foreach option,XEN XEN_XENBUS_FRONTEND SND SND_PCM,\
	$(if $(CONFIG_$(option)),,CONFIG_$(option))))
ifneq ($(missing),)
$(error snd_xen_front cannot be built: kernel $(KERNELRELEASE) is without $(missing))
endif
endif
endif

snd_xen_front-y := xen_snd_front.o \
		   xen_snd_front_alsa.o \
		   xen_snd_front_cfg.o \
		   xen_snd_front_evtchnl.o \
		   xen_snd_front_hw.o \
		   xen_snd_front_ring.o \
		   xen_snd_front_shbuf.o \
		   xen_snd_front_stream.o
snd_xen_front-$(CONFIG_SND_XEN_FRONTEND_KUNIT_TEST) += \
	tests/xen_snd_front_fake.o \
	tests/xen_snd_front_fake_card.o \
	tests/xen_snd_front_fake_store.o \
	tests/xen_snd_front_capture_kunit.o \
	tests/xen_snd_front_card_kunit.o \
	tests/xen_snd_front_cfg_kunit.o \
	tests/xen_snd_front_deferred_kunit.o \
	tests/xen_snd_front_event_kunit.o \
	tests/xen_snd_front_evtchnl_kunit.o \
	tests/xen_snd_front_fmt_kunit.o \
	tests/xen_snd_front_hw_kunit.o \
	tests/xen_snd_front_late_kunit.o \
	tests/xen_snd_front_lost_kunit.o \
	tests/xen_snd_front_playback_kunit.o \
	tests/xen_snd_front_pos_kunit.o \
	tests/xen_snd_front_ring_kunit.o \
	tests/xen_snd_front_shbuf_kunit.o \
	tests/xen_snd_front_state_kunit.o \
	tests/xen_snd_front_stream_kunit.o \
	tests/xen_snd_front_time_app.o \
	tests/xen_snd_front_time_kunit.o \
	tests/xen_snd_front_time_model.o \
	tests/xen_snd_front_time_run.o \
	tests/xen_snd_front_time_sink.o

obj-$(CONFIG_SND_XEN_FRONTEND) += snd_xen_front.o

else

KDIR ?= $(or $(KERNEL_SRC),/lib/modules/$(shell uname -r)/build)
# What the kernel of KDIR calls itself
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h)

modules modules_install clean: $(KDIR)/Makefile
	$(MAKE) -C $(KDIR) M=$(CURDIR) CONFIG_SND_XEN_FRONTEND=m $@

$(KDIR)/Makefile:
	$(error There are no kernel headers in $(KDIR); install them, or say where they are: make KDIR=DIRECTORY)

# Debian's module of the same name, in kernel/sound/xen, stays.
uninstall: $(KDIR)/Makefile
	rm -f $(foreach dir,updates extra,\
		$(INSTALL_MOD_PATH)/lib/modules/$(release)/$(dir)/snd_xen_front.ko*)
	depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(release)

help:
	@echo 'The driver, for the kernel of KDIR (default: the one that runs):'
	@echo '  modules          build it (default)'
	@echo '  modules_install  install it; then run depmod'
	@echo '  uninstall        remove what modules_install has installed'
	@echo '  clean            remove what was built'
	@echo 'The backend: make -C backend, see backend/README.md'
	@echo
	@echo 'On Xen under QEMU, as root:'
	@echo '  demo             play and record from a DomU'
	@echo '  shell            a console in a DomU with the driver'
	@echo '  check            the tests; ONLY=REGEXP for some'
	@echo '  check-all        those that take long, too'
	@echo '  soak             an hour of all faults, under sound'
	@echo '  fuzz-driver      a backend that lies at random; SECONDS=, SEED='
	@echo '  fuzz-backend     the fuzzers of the backend; SECONDS='
	@echo '  mutations        break the driver in many ways: is it noticed?'
	@echo '  bench            this driver and the stock one side by side'
	@echo '  bench-scale      the backend with up to 256 streams'
	@echo '  bench-hostile    attacks on this driver and on the stock one'
	@echo
	@echo 'The virtual ITS: demo-vits, check-vits, bench-vits, fuzz-vits, see vits/README.md'
	@echo 'How the tests are organised: tests/README.md'

# Sound from a DomU, on Xen under QEMU.
demo:
	tests/lab/deps
	tests/lab/run demo

# All tests; ONLY=REGEXP for some.
check:
	tests/lab/deps vits
	tests/lab/check tests/checks $(if $(ONLY),ONLY='$(ONLY)')

# And what takes long.
check-all:
	tests/lab/deps vits
	tests/lab/check tests/checks tests/checks-all $(if $(ONLY),ONLY='$(ONLY)')

# This driver and the stock one side by side; results in out/bench. Then the
# backend with more and more streams; results in out/scale.
bench:
	tests/lab/deps
	tests/lab/run tests/bench/bench.sh
	tests/lab/run tests/bench/scale.sh

bench-scale:
	tests/lab/deps
	tests/lab/run tests/bench/scale.sh

# An hour of the guest's time in which all goes wrong that can, under sound.
soak:
	tests/lab/deps
	tests/lab/run lifecycle/soak

# A backend that lies at random, for so many of the guest's seconds; SEED=0 takes
# another one each time.
SECONDS ?= 600
SEED ?= 0
fuzz-driver:
	tests/lab/deps
	tests/lab/run hostile-fuzz SECONDS_FUZZED=$(SECONDS) SEED=$(SEED)

# The backend's functions with libFuzzer, for SECONDS.
fuzz-backend:
	tests/lab/deps
	tests/lab/fuzz-backend $(SECONDS)

# Attacks by the backend: which does this driver bear, which the stock one?
bench-hostile:
	tests/lab/deps
	tests/hostile/side-by-side

# Is a driver that is wrong noticed? Breaks it in many ways.
mutations:
	tests/lab/deps
	tests/mutations/run

# The virtual ITS (vits/): all its tests, also those that take long.
check-vits:
	tests/lab/deps vits
	tests/lab/check tests/checks tests/checks-all ONLY='^vits-'

# What its commands cost: on Xen beside Xen's own, and in the monitor.
bench-vits:
	tests/lab/deps vits
	vits/xen/run bench

# Linux as Dom0 of a Xen that has it, and what Xen's own gets wrong.
demo-vits:
	vits/demo

# Its fuzzer, for SECONDS.
fuzz-vits:
	tests/lab/deps vits
	$(MAKE) -C vits/tests run-fuzz SECONDS=$(SECONDS)

# A console in a DomU with the driver loaded.
shell:
	tests/lab/deps
	tests/lab/shell

.PHONY: modules modules_install uninstall clean help demo check check-all bench bench-hostile \
	bench-scale soak fuzz-backend fuzz-driver mutations bench-vits check-vits demo-vits \
	fuzz-vits shell

endif
