# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# The emulated machine: what goes in, QEMU's command line, what comes out. Uses
# run's $image, $work, $IN and $OUT.
# shellcheck disable=SC2154

# pack_cpio DIR: DIR's contents as a cpio on stdout
pack_cpio() {
	(cd "$1" && find . -print0 | LC_ALL=C sort -z |
		cpio --null --create --quiet --format=newc --owner=0:0)
}

# A run's own part of an initramfs: /lab with scripts, scenario, input.
fill_common() {
	mkdir -p "$1/lab/bin"
	cp -r "$LAB/guest" "$1/lab/"
	ln -s guest/init "$1/lab/init"
	cp "$LAB/lib-scenario.sh" "$1/lab/"
	cp "$work/scenario.sh" "$1/lab/"
	cp -r "$IN" "$1/lab/in"
	# What several scenarios share
	cp "$TOP"/tests/e2e/lib-*.sh "$1/lab/"
	cp "$("$LAB/build" tools)/frames" "$1/lab/bin/"
}

# ramdisk_of KIND KERNEL DIR: a guest's initramfs on stdout; DIR is the run's own part
ramdisk_of() {
	local parts=()

	parts+=("$("$LAB/initramfs" "$1" "$2")")
	[[ " $SERVERS " != *" ${1%-backend} "* ]] ||
		parts+=("$("$LAB/initramfs" servers)")
	cat "${parts[@]}"
	pack_cpio "$3"
}

# make_domu_ramdisk FILE
make_domu_ramdisk() {
	local t=$work/domu-root with=

	fill_common "$t"
	if [ "$DOMU_MODULE" != stock ]; then
		[ "$DOMU_MODULE" != kunit ] || with=kunit
		mkdir "$t/lab/ko"
		cp "$("$LAB/build" module "$DOMU_KERNEL" $with)" "$t/lab/ko/"
	fi
	cp "$("$LAB/build" tools)"/{linked,pcm-faults} "$t/lab/bin/"
	[ -z "$DOMU_BACKEND" ] || cp "$("$LAB/build" backend)" "$t/lab/bin/"
	ramdisk_of "domu${DOMU_BACKEND:+-backend}" "$DOMU_KERNEL" "$t" >"$1"
}

make_dom0_ramdisk() {
	local t=$work/dom0-root daemon

	fill_common "$t"
	mkdir "$t/lab/domu"
	if [ "$DOMUS" -gt 0 ]; then
		make_domu_ramdisk "$t/lab/domu/ramdisk"
		cp "$(kernel_vmlinuz "$(kernel_root "$DOMU_KERNEL" "$image")")" \
			"$t/lab/domu/vmlinuz"
	fi
	case $BACKEND in
	ours | asan | quirks)
		daemon=$("$LAB/build" backend "${BACKEND#ours}")
		cp "$daemon" "${daemon%/*}/xen-snd-ctl" "$t/lab/bin/"
		;;
	none) ;;
	*) die "BACKEND=$BACKEND: expected ours, asan, quirks or none" ;;
	esac
	cp "$("$LAB/build" tools)"/{domu-grants,notified} "$t/lab/bin/"
	[ -z "$DOM0_INIT" ] || cp -r "$("$LAB/installed")" "$t/lab/installed"
	ramdisk_of dom0 "$DOM0_KERNEL" "$t" >"$1"
}

# A disk starts with its label, by which the guests find it. Sparse: it costs
# what is written.
make_disk() {
	printf '%s\n' "$2" >"$1"
	truncate -s 1G "$1"
	drives+=(-drive "file=$1,format=raw,if=ide,index=${#disks[@]},cache=unsafe")
	disks+=("$1")
}

# machine_prepare: everything that QEMU needs, in $work; sets qemu_args
machine_prepare() {
	local i names='dom0'

	drives=() disks=()
	if [ "$MACHINE" = bare ]; then
		names=domu1
		make_domu_ramdisk "$work/ramdisk"
		cp "$(kernel_vmlinuz "$(kernel_root "$DOMU_KERNEL" "$image")")" \
			"$work/vmlinuz"
	else
		for ((i = 1; i <= DOMUS; i++)); do
			names+=" domu$i"
		done
		make_dom0_ramdisk "$work/ramdisk"
		cp "$(kernel_vmlinuz "$(kernel_root "$DOM0_KERNEL" "$image")")" \
			"$work/vmlinuz"
		zcat "$image"/boot/xen-4*.gz >"$work/xen"
	fi
	# What is written to it ends with QEMU.
	[ -z "$DOM0_INIT" ] ||
		drives+=(-drive "file=$("$LAB/disk"),format=raw,if=ide,index=5,snapshot=on")
	for i in $names; do
		make_disk "$work/$i.disk" "lab-$i"
	done
	machine_args
}

machine_args() {
	# "max" and newer models crash Dom0 (SMAP). Without a guest type that
	# needs SVM, Intel's model is the faster one.
	local cpu=Haswell-noTSX,-pcid,-x2apic,-tsc-deadline,-invpcid xen_extra='' xen

	# A second CPU is of no use where they take turns; it serves races.
	local cpus=${CPUS:-$((${REALTIME:+1} + 1))}

	if [ "$DOMU_TYPE" = pvh ]; then
		cpu=EPYC,-smap,-smep,-monitor,-rdtscp,-xsave
		xen_extra='cpuidle=0 mwait-idle=0'
	fi
	qemu_args=(-machine q35 -cpu "$cpu" -smp "$cpus"
		-m $((DOM0_MEM + DOMUS * (DOMU_MEM + 32) + SPARE_MEM))
		-display none -monitor none -nodefaults -no-reboot
		"${drives[@]}")
	if [ -n "$REALTIME" ]; then
		qemu_args+=(-accel 'tcg,thread=multi')
	else
		# One instruction is one nanosecond, idle time passes at once:
		# nothing depends on how busy this host is.
		qemu_args+=(-accel tcg -icount 'shift=0,sleep=off' -rtc clock=vm)
	fi
	if [ "$MACHINE" = bare ]; then
		qemu_args+=(-kernel "$work/vmlinuz" -initrd "$work/ramdisk"
			-append "console=ttyS0 lab.role=domu $DOMU_CMDLINE")
	else
		# eager-fpu: lazily switched FPU registers get lost between domains
		# under TCG, and guests' string functions go astray once in a
		# while; spec-ctrl=no alone would mean lazy.
		# Xen splits at single spaces only. Dom0 is not what is tested:
		# rodata=off saves its boot seconds.
		# shellcheck disable=SC2206 # words
		xen=(console=com1 "dom0_mem=${DOM0_MEM}M,max:${DOM0_MEM}M"
			"dom0_max_vcpus=$DOM0_VCPUS" loglvl=all guest_loglvl=all
			"spec-ctrl=no,eager-fpu" xpti=no $xen_extra $XEN_CMDLINE)
		qemu_args+=(-kernel "$work/xen" -append "${xen[*]}"
			-initrd "$work/vmlinuz console=hvc0 lab.role=dom0${DOM0_INIT:+ lab.init=$DOM0_INIT} rodata=off $DOM0_CMDLINE,$work/ramdisk")
	fi
}

# Bring the results home: $OUT/dom0, $OUT/domu1, ...
machine_results() {
	local disk name

	for disk in "${disks[@]}"; do
		name=$(basename "$disk" .disk)
		mkdir -p "$OUT/$name"
		# A domain that never got there has left the label, no archive.
		tar -x -f "$disk" -C "$OUT/$name" 2>/dev/null || :
	done
}
