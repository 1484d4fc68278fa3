# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2154
#
# How the kernel $kernel is made from $LINUX, ${fragments[@]} and make's
# ${options[@]} in $root, all of which the caller sets. When this file changes,
# the kernels in the cache are made again.

kmake() {
	in_root "$root" make -C "$LINUX" O=/obj -j"$JOBS" \
		${options[@]+"${options[@]}"} "$@"
}

# Kconfig drops without a word what it cannot have.
check_config() {
	local line missing=''

	while read -r line; do
		grep -qxF "$line" "$OBJ/.config" || missing+=" $line"
	done < <(grep -h '^CONFIG_' "$OBJ/wanted" | tac | sort -t= -u -k1,1)
	[ -z "$missing" ] || { echo "Error: not to be had:$missing"; return 1; }
}

install_kernel() {
	local dir=$1 version build

	version=$(cat "$OBJ/include/config/kernel.release")
	build=$dir/lib/modules/$version/build
	cp "$OBJ/arch/x86/boot/bzImage" "$dir/vmlinuz"
	cp "$OBJ/System.map" "$OBJ/.config" "$dir/"
	logged "$dir/log" kmake INSTALL_MOD_PATH="$dir" modules_install
	# A copy that needs neither source nor objects, wherever it is mounted.
	rm -f "$build"
	logged "$dir/log" kmake run-command KBUILD_RUN_COMMAND="$(
		)\$(srctree)/scripts/package/install-extmod-build $build"
	cp "$OBJ/.config" "$build/"
}

make_kernel() {
	local dir=$1

	export OBJ=$dir/obj
	mkdir "$OBJ"
	cat "${fragments[@]}" >"$OBJ/wanted"
	say "building the $kernel kernel (minutes)"
	logged "$dir/log" kmake KCONFIG_ALLCONFIG=/obj/wanted allnoconfig
	check_config
	logged "$dir/log" kmake bzImage modules
	install_kernel "$dir"
	# dropin continues from the small kernel's objects.
	[ "$kernel" = small ] || rm -r "$OBJ"
	say "$kernel kernel built"
}
