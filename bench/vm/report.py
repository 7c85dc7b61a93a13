# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos bench vm: instructions of Debian's kernel from its first one to where a login would come, with nothing between it and the
machine and in a guest of CellulOS; how often the guest left its CPU, and what that costs; reading a disk. A row of JSON each.

QEMU counts instructions (an instruction takes a nanosecond); they are read from the kernel's clock, which starts with QEMU.
"""

import argparse
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import debian  # noqa: E402
import guest_linux  # noqa: E402

SECONDS = 1800
MEBIBYTES = 128
QUIET = "console=ttyAMA0 quiet cryptomgr.notests"
BOOTS = (("quiet", "", QUIET), ("quiet_large_pages", "--pages 2M", QUIET), ("full_log", "", "console=ttyAMA0 cryptomgr.notests"))
DISK_MIB = 16
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo begin > /dev/kmsg
for module in {modules}; do insmod /modules/$module.ko; done
if [ -e /dev/vda ]; then
    echo disk begins > /dev/kmsg
    for i in $(seq ${{reads:-1}}); do dd if=/dev/vda of=/dev/null bs=64k count={pieces} iflag=direct 2> /dev/null; done
    echo disk ends > /dev/kmsg
fi
dmesg | grep -E 'begin|disk'
poweroff -f
"""


def initrd(build, folder):
    modules = guest_linux.modules(build, ["virtio_mmio", "virtio_blk"])
    init = INIT.format(modules=" ".join(modules), pieces=DISK_MIB * 16)
    files = dict.fromkeys(("bin", "proc", "sys", "modules"))
    files |= {"bin/busybox": (debian.program(build, "busybox-static") / "bin" / "busybox").read_bytes(), "init": init.encode()}
    path = folder / "initrd"
    path.write_bytes(guest_linux.initrd(files | {f"modules/{name}.ko": data for name, data in modules.items()}))
    return path


def run(*command, typed=""):
    done = subprocess.run([str(word) for word in command], input=typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                          encoding="utf-8", errors="replace", check=False)
    return done.stdout.replace("\r", "")


def plain(build, ram, words):
    return run("qemu-system-aarch64", "-M", "virt,gic-version=2", "-cpu", "cortex-a53", "-m", MEBIBYTES, "-nographic", "-nic", "none", "-icount",
               "shift=0,sleep=off", "-no-reboot", "-kernel", guest_linux.kernel(build), "-initrd", ram, "-append", words)


def guest(build, archive, command, system="vm-disk"):
    typed = f"vm start {command}\nrun sleep 20\nvm list\npoweroff\n"
    return run(build / "host" / "cellrun", "--icount", "--timeout", SECONDS, "--system", system, "--archive", archive, typed=typed)


# ---- Reading a disk, by the processor time of the computer that runs QEMU -----------------------------------------------------

READS = 16


def seconds(command, typed=""):
    """The processor time of a command that is told what is typed, and to end when its guest has powered off."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdin.write(typed.encode())
        process.stdin.flush()
        for line in process.stdout:
            if typed and line.rstrip().endswith(b"power off"):
                process.stdin.write(b"poweroff\n")
                process.stdin.flush()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def by_processor(measured):
    """Microseconds for a block: what so many more reads take."""
    least = [min(measured(reads) for _ in range(3)) for reads in (1, 1 + READS)]
    return round((least[1] - least[0]) * 1e6 / (READS * DISK_MIB * 256), 2)


def disk_rows(build, folder, archive, ram):
    disk = folder / "disk"
    disk.write_bytes(bytes(DISK_MIB << 20))
    alone = ["qemu-system-aarch64", "-M", "virt,gic-version=2", "-cpu", "cortex-a53", "-m", MEBIBYTES, "-nographic", "-nic", "none",
             "-no-reboot", "-kernel", guest_linux.kernel(build), "-initrd", ram, "-global", "virtio-mmio.force-legacy=false",
             "-drive", f"file={disk},format=raw,if=none,id=disk", "-device", "virtio-blk-device,drive=disk", "-append"]
    here = [build / "host" / "cellrun", "--timeout", SECONDS, "--archive", archive]
    start = f"vm start --memory {MEBIBYTES} --disk 0+{DISK_MIB * 256} vmlinuz initrd=initrd {QUIET} reads="
    row("disk.processor", unit="microseconds per block of 4 KiB",
        without_hypervisor=by_processor(lambda reads: seconds([*alone, f"{QUIET} reads={reads}"])),
        same_disk=by_processor(lambda reads: seconds([*here, "--system", "vm-virtio", "--disk", disk], f"{start}{reads}\n")),
        in_memory=by_processor(lambda reads: seconds([*here, "--system", "vm-disk"], f"{start}{reads}\n")))


# ---- Instructions -------------------------------------------------------------------------------------------------------------


def stamp(text, what):
    """Nanoseconds at which the kernel said it."""
    found = re.search(rf"\[ *(\d+)\.(\d+)\] {what}$", text, re.MULTILINE)
    if not found:
        sys.exit("no '" + what + "' in:\n" + text[-2000:])
    return (int(found[1]) * 1000000 + int(found[2])) * 1000


def row(name, **values):
    print(json.dumps({"name": f"vm.{name}", **values}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    build = parser.parse_args().build
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        ram = initrd(build, folder)
        known = (build / "archive.list").read_text().split()
        archive = folder / "archive"
        run(build / "host" / "cellar", "-o", archive, *known, f"vmlinuz={guest_linux.kernel(build)}", f"initrd={ram}")
        for name, instructions in re.findall(r"^cost (\w+) (\d+)$", guest(build, archive, "--memory 8 costs"), re.MULTILINE):
            row(f"exit.{name}", instructions=int(instructions))
        for name, options, words in BOOTS:
            alone = stamp(plain(build, ram, words), "begin")
            text = guest(build, archive, f"--memory {MEBIBYTES} {options} vmlinuz initrd=initrd {words}")
            here = stamp(text, "begin")
            exits, devices, waits = re.search(r"powered off +PD_\w+ +(\d+) +(\d+) +(\d+)", text).groups()
            row(f"boot.{name}", instructions=here, without_hypervisor=alone, ratio=round(here / alone, 3), exits=int(exits),
                to_devices=int(devices), to_wait=int(waits))
        text = guest(build, archive, f"--memory {MEBIBYTES} --disk 0+{DISK_MIB * 256} vmlinuz initrd=initrd {QUIET}")
        taken = stamp(text, "disk ends") - stamp(text, "disk begins")
        disk_rows(build, folder, archive, ram)
        row("disk.read", instructions_per_block=taken // (DISK_MIB * 256), mib_per_second_at_1_ghz=round(DISK_MIB * 1e9 / taken, 1))


if __name__ == "__main__":
    main()
