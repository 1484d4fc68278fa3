# SPDX-License-Identifier: GPL-2.0 OR MIT
#
# Serves in sound/xen/ of a kernel tree and as an external module; the second
# half is for people.

ifneq ($(KERNELRELEASE)$(kbuild-file)$(obj),)

# Against a distribution's headers nobody configures it.
ifneq ($(KBUILD_EXTMOD),)
CONFIG_SND_XEN_FRONTEND ?= m
endif

snd_xen_front-y := xen_snd_front.o \
		   xen_snd_front_alsa.o \
		   xen_snd_front_cfg.o \
		   xen_snd_front_evtchnl.o \
		   xen_snd_front_fmt.o \
		   xen_snd_front_held.o \
		   xen_snd_front_hw.o \
		   xen_snd_front_lost.o \
		   xen_snd_front_node.o \
		   xen_snd_front_pos.o \
		   xen_snd_front_ring.o \
		   xen_snd_front_shbuf.o \
		   xen_snd_front_state.o \
		   xen_snd_front_stream.o \
		   xen_snd_front_xen.o
snd_xen_front-$(CONFIG_SND_XEN_FRONTEND_KUNIT_TEST) += \
	tests/xen_snd_front_fake.o \
	tests/xen_snd_front_fake_card.o \
	tests/xen_snd_front_fake_store.o \
	tests/xen_snd_front_capture_kunit.o \
	tests/xen_snd_front_card_kunit.o \
	tests/xen_snd_front_cfg_kunit.o \
	tests/xen_snd_front_event_kunit.o \
	tests/xen_snd_front_evtchnl_kunit.o \
	tests/xen_snd_front_fmt_kunit.o \
	tests/xen_snd_front_held_kunit.o \
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

KDIR ?= /lib/modules/$(shell uname -r)/build

modules modules_install clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) CONFIG_SND_XEN_FRONTEND=m $@

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
fuzz:
	tests/lab/deps
	tests/lab/run hostile-fuzz SECONDS_FUZZED=$(SECONDS) SEED=$(SEED)

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

# What its commands cost: in the monitor, and on Xen beside Xen's own.
bench-vits:
	tests/lab/deps vits
	vits/mini/run bench
	vits/xen/run bench

# Linux as Dom0 of a Xen that has it, and what Xen's own gets wrong.
demo-vits:
	tests/lab/deps vits
	vits/xen/linux demo
	vits/xen/run table

# Its fuzzer, for SECONDS.
fuzz-vits:
	tests/lab/deps vits
	$(MAKE) -C vits/tests run-fuzz SECONDS=$(SECONDS)

# A console in a DomU with the driver loaded.
shell:
	tests/lab/deps
	tests/lab/shell

.PHONY: modules modules_install clean demo check check-all bench bench-hostile bench-scale soak \
	fuzz mutations bench-vits check-vits demo-vits fuzz-vits shell

endif
