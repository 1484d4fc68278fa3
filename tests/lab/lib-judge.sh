# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Does a run's log say that something broke, whatever the scenario thought?

# In any kernel, and in the backend
SPLATS='WARNING: |BUG: |BUG at |KASAN|KCSAN|UBSAN|KMSAN|Oops|Call Trace|general protection'
SPLATS+='|INFO: task .* blocked|INFO: rcu.*stall|Kernel panic|kmemleak: [0-9]+ new'
SPLATS+='|possible circular locking|possible recursive locking|suspicious RCU'
SPLATS+='|inconsistent lock state|sleeping function called|scheduling while atomic'
SPLATS+='|soft lockup|ODEBUG|list_(add|del) corruption|refcount_t: |segfault at'
SPLATS+='|Out of memory|Sanitizer|runtime error:'
# In the hypervisor
SPLATS+='|Xen call trace|\(XEN\).*[Pp]anic|\(XEN\).*Xen BUG|domain_crash|Domain [0-9]+ .*crashed'
SPLATS+='|\(XEN\).*(gnttab|grant_table|[Bb]ad grant|[Bb]ad ref|GNTTAB)|\(XEN\).*Assertion'
SPLATS+='|\(XEN\).*Bad (flags|continuation|handle)|xen:grant_table: .*(WARNING|leak|deferr)|g\.e\. 0x'

# What a healthy machine of this kind says: the PV kernel finds no BIOS tables,
# Xen sizes its grant tables, AMD's CPU model has its known weakness.
HARMLESS='\(XEN\) Grant table range|gnttab_(enable|max)|Grant tables using version|Grant table initialized'
HARMLESS+='|Speculative Return Stack Overflow: WARNING'
HARMLESS+='|KernelAddressSanitizer initialized'

# judge OUT: complain about the logs in there; honours the scenario's IGNORE
judge() {
	local out=$1 bad status=0 roles

	roles=LAB-DOM0-STATUS
	[ "$MACHINE" = xen ] || roles=LAB-DOMU-STATUS
	bad=$(grep -aHnE "$SPLATS" "$out/serial.log" "$out"/dom*/dmesg \
		"$out"/dom*/backend*.log 2>/dev/null |
		grep -avE "$HARMLESS${IGNORE:+|$IGNORE}" || :)
	if [ -n "$bad" ]; then
		say "log lines that must not be:"
		head -n 12 <<<"$bad" | sed "s|^$out/|    |" >&2
		status=1
	fi
	# Without it nothing that runs can be trusted, see machine_args.
	if [ "$MACHINE" = xen ] &&
		! grep -aq 'Support for PV VMs:.* EAGER_FPU' "$out/serial.log"; then
		say "Xen switches FPU registers lazily"
		status=1
	fi
	if ! grep -aq "$roles" "$out/serial.log"; then
		say "the machine ended before its scenario"
		status=1
	elif ! grep -aq "$roles 0" "$out/serial.log"; then
		grep -a 'LAB: FAILED' "$out/serial.log" | sed 's/^/    /' >&2 || :
		status=1
	fi
	return "$status"
}
