#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR MIT
"""Say of each attack whether the guest has borne it, from the results in OUT.

A test is an attack on a stream. It passes if the attack has been made, if the
application on that stream has seen what it should and no more, if the driver has said
as much as it should, and if an honest backend played on that stream afterwards.
"""

import argparse
import pathlib
import re
import sys

# What an application may see where nothing is broken: an xrun.
HARMLESS = {"EPIPE"}
BROKEN = re.compile(r"vsnd vsnd-0: vsnd0-0\.(\d+)-(?:req|evt): response")
SAID = re.compile(r"vsnd vsnd-0: ")
# Whatever is sent in between, these stay beyond the requests.
BEYOND = re.compile(r"producer-(a-ring-more|half)-")
TOLD_BEYOND = re.compile(r"response producer \d+ beyond")
# Interrupts of the stream in a storm, for each notification that its backend has sent
STORM = 0.05
# Whatever happens, not more lines than that in any ten seconds
MOST_LINES = 120
STAMP = re.compile(r"\[ *([0-9.]+)\]")
# Offered again and again with wrong versions: logged, but ten times in five seconds
VERSIONS = re.compile(r"/versions = ")
MOST_VERSIONS = 20
# In pages: XEN_SND_FRONT_MAX_HELD; beyond it four streams' buffers of 1 MiB with their
# directories, opened when it was not yet reached, and 16 streams' rings
MOST_KEPT = range(8192, 8192 + 4 * 257 + 16 * 2)


def check_flood(said):
    """Why the driver has said too much, or None."""
    at = [float(m.group(1)) for x in said if (m := STAMP.match(x))]
    most = max((sum(t <= u < t + 10 for u in at) for t in at), default=0)
    return f"{most} lines in ten seconds" if most > MOST_LINES else None


def words(line):
    """The key=value words of a line."""
    return dict(w.split("=", 1) for w in line.split() if "=" in w)


def lines(path):
    """The lines of a file that may be missing."""
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def node_of(stream):
    """The stream's number in XenStore."""
    return int(stream[1:]) + (8 if stream[0] == "c" else 0)


class Results:
    """All that a run has left behind."""

    def __init__(self, out):
        self.rounds = {}
        for path in out.glob("dom0/report-*"):
            self.rounds[int(path.name.split("-")[1])] = lines(path)
        self.expect = {}
        self.kind = {}
        for line in lines(out / "dom0/attacks"):
            kind, name, expect = line.split()
            self.expect[name], self.kind[name] = expect, kind
        self.used = self.by_stream(out / "domu1/used")
        self.checked = self.by_stream(out / "domu1/checked")
        self.played = self.by_stream(out / "dom0/played")
        self.interrupts = self.by_stream(out / "domu1/interrupts")
        self.said = self.log(out / "domu1/dmesg")
        self.second = [words(x) for x in lines(out / "dom0/result")]

    @staticmethod
    def by_stream(path):
        """{(round, stream): words}"""
        found = {}
        for line in lines(path):
            w = words(line)
            if "round" in w:
                found[int(w["round"]), w.get("stream")] = w
        return found

    @staticmethod
    def log(path):
        """{round: the driver's lines}"""
        found, now = {}, 1
        for line in lines(path):
            # A round's connection is made before the guest is asked.
            mark = re.search(r"\] round (\d+) ends", line)
            if mark:
                now = int(mark.group(1)) + 1
            if SAID.search(line):
                found.setdefault(now, []).append(line)
        return found


def check_errors(expect, used):
    """Why the application has not seen what it should, or None."""
    errors = {e.split(":")[0] for e in used["errors"].split(",") if e}
    if expect != "any" and "ETIME" in errors:
        return "an application has waited in vain"
    if expect == "broken" and "ENODEV" not in errors:
        return f"not broken: errors={used['errors']}"
    if expect == "alive" and errors - HARMLESS:
        return f"not alive: errors={used['errors']} at {used['where']}"
    if expect == "unnoticed" and errors:
        return f"noticed: errors={used['errors']} at {used['where']}"
    if expect in ("alive", "unnoticed") and not int(used["frames"]):
        return "nothing was moved"
    if expect == "error" and not errors:
        return "no error"
    # What is no error of the protocol's has this name, and no other.
    if expect == "refused" and errors != {"EIO"}:
        return f"not refused: errors={used['errors']}"
    return None


def check_lines(name, expect, said, stream):
    """Why the driver has not said what it should, or None."""
    mine = [x for x in said
            if (m := BROKEN.search(x)) and int(m.group(1)) == node_of(stream)]
    if len(mine) > 1:
        return f"{len(mine)} lines for one broken channel"
    if expect == "broken" and not mine:
        return "no line for a broken channel"
    if expect in ("unnoticed", "alive", "error", "refused") and mine:
        return f"broken: {mine[0]}"
    if mine and BEYOND.match(name) and not TOLD_BEYOND.search(mine[0]):
        return f"another reason is logged: {mine[0]}"
    return None


def check_after(results, number, stream):
    """Why the honest backend did not play on a stream, or None."""
    checked = results.checked.get((number, stream))
    if checked is None or (number, None) in results.checked:
        return "no connection afterwards"
    if checked["errors"] or checked["bad"] != "0" or checked["frames"] == "0":
        return (f"afterwards: frames={checked['frames']} bad={checked['bad']} "
                f"errors={checked['errors']} at {checked['where']}")
    if stream[0] == "p" and \
            results.played.get((number, stream), {}).get("played") != "ok":
        return "afterwards: not what was played"
    return None


def check_peace(number, results):
    """Why a stream that nobody attacked was disturbed, or None."""
    for line in results.rounds[number]:
        w = words(line)
        if not line.startswith("stream=") or w["attack"] != "-":
            continue
        used = results.used[number, w["stream"]]
        if w["bad"] != "0" or used["bad"] != "0" or used["errors"] or \
                used["frames"] == "0":
            return (f"{w['stream']} was not attacked: bad={w['bad']},{used['bad']} "
                    f"errors={used['errors']} frames={used['frames']}")
    return None


def check_storm(results, number):
    """Why a storm has cost too much, or None."""
    for line in results.rounds[number]:
        if not line.startswith("storm "):
            continue
        w = words(line)
        came = int(results.interrupts[number, w["stream"]]["interrupts"])
        if came > STORM * int(w["notifications"]):
            return f"{came} interrupts of {w['notifications']} notifications"
    return None


def tell_storms(results):
    """What each storm has cost."""
    for number in sorted(results.rounds):
        for line in results.rounds[number]:
            if line.startswith("storm "):
                w = words(line)
                came = results.interrupts[number, w["stream"]]["interrupts"]
                share = int(w["guest-ns"]) / int(w["ns"])
                print(f"# {w['attack']}: {w['notifications']} notifications in "
                      f"{int(w['ns']) / 1e9:.1f} s, {came} interrupts, "
                      f"guest's share of a CPU {share:.3f}")


def check_attack(results, number, name, stream):
    """Why an attack on a stream was not borne, or None."""
    said = results.said.get(number, [])
    expect = results.expect[name]
    used = results.used.get((number, stream))
    if used is None:
        return "the guest has not used the stream"
    # Alone in its round, its neighbours may notice.
    alone = results.kind[name] != "stream"
    return (check_errors(expect, used) or check_lines(name, expect, said, stream) or
            check_after(results, number, stream) or check_storm(results, number) or
            (None if alone else check_peace(number, results)) or
            check_flood(said))


def check_versions(said):
    """Why the driver has not said what it should of wrong versions, or None."""
    logged = sum(bool(VERSIONS.search(x)) for x in said)
    return None if 0 < logged <= MOST_VERSIONS else f"{logged} lines about versions"


def check_kept(results, number):
    """Why a backend that unmaps nothing could keep too much, or None."""
    if not any("EBUSY" in w["errors"] for k, w in results.used.items() if k[0] == number):
        return "no buffer was refused"
    for line in results.rounds[number]:
        if line.startswith("refused="):
            w = words(line)
            if w["refused"] == "1" and int(w["kept"]) in MOST_KEPT:
                return None
            return f"{w['kept']} pages kept, refused={w['refused']}"
    return "not tried"


def check_device(results, number, name):
    """Why an attack on the device was not borne, or None."""
    said = results.said.get(number, [])
    if name == "versions-wrong" and (why := check_versions(said)):
        return why
    if name == "keeps-all" and (why := check_kept(results, number)):
        return why
    for _, stream in [k for k in results.used if k[0] == number and k[1]]:
        why = check_after(results, number, stream)
        if why:
            return f"{stream}: {why}"
    if not any(k[0] == number for k in results.used):
        return "nothing used"
    return check_flood(said)


def tests(results):
    """(name, why it failed or None), in the order they ran."""
    for number in sorted(results.rounds):
        for line in results.rounds[number]:
            if not line.startswith("hit "):
                continue
            w = words(line)
            if w["stream"] == "-":
                yield w["attack"], check_device(results, number, w["attack"])
            else:
                yield w["attack"], check_attack(results, number, w["attack"],
                                                w["stream"])


def main():
    """The verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--attacks", default=".", help="regexp: those that must have run")
    args = parser.parse_args()
    results = Results(args.out)
    passed, failed = 0, 0
    done = dict(tests(results))
    for name in results.expect:
        if not re.search(args.attacks, name):
            continue
        why = done.get(name, "the attack was not made")
        passed, failed = passed + (not why), failed + bool(why)
        print(f"{'not ok' if why else 'ok'} {passed + failed} {name}"
              f"{' # ' + why if why else ''}")
    second = sum(int(w.get("second", 0)) for w in results.second)
    passed, failed = passed + bool(second), failed + (not second)
    print(f"{'ok' if second else 'not ok'} {passed + failed} second-card # {second} times, bit-exact")
    tell_storms(results)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
