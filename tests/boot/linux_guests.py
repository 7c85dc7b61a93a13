# SPDX-License-Identifier: BSD-2-Clause
"""Debian's Linux in virtual machines, unchanged: its login, disks, networks, several CPUs, several machines, copies."""

import http.server
import re
import shutil
import threading

from harness import archive, executables, figures, initrd, linux_guest, tool
from harness.guest import PROMPT, leave, rest
from harness.linux_guest import ask, login

import guest_linux

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say


def linux(context, **options):
    members = {"vmlinuz": executables.kernel(context), "initrd": initrd.made(context)}
    return context.start(archive=archive.archive(context, **members), system="vm", seconds=600, **options)


def long_login(context):
    """Debian's kernel to its login; root logs in, types, logs out, reboots, powers off; all pages come back."""
    with linux(context) as machine:
        before = rest(machine, "--memory 128")
        linux_guest.start(machine, 2, "--memory 128")
        login(machine, 2)
        ask(machine, "uname -sm", "Linux aarch64")
        ask(machine, "nproc", "1")
        assert int(ask(machine, "date +%Y", r"\d+").group(0)) >= 2026
        ask(machine, "echo $((6 * 7)) done", "42 done")
        machine.type("exit")
        machine.expect("login: $", timeout=60)
        machine.type("root")
        machine.expect(r"^\S* # ", timeout=60)
        machine.type("reboot -f")
        machine.expect("^vmm: guest-2: reset$", timeout=60)
        leave(machine)
        login(machine, 2)
        machine.type("poweroff -f")
        machine.expect("^vmm: guest-2: power off$", timeout=60)
        leave(machine)
        machine.type("vm stop 2")
        figures.check_same(machine, before, pages=200, objects=20)  # tables for the kernel's image
        machine.type("poweroff")
        assert machine.exit_status() == 0


def root_file_system(context):
    """A disk with an ext4 file system that has a busybox, and a login."""
    folder = context.folder / "root"
    for name in ("bin", "sbin", "dev", "proc", "sys", "etc", "root", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(executables.package(context, "busybox-static") / "bin" / "busybox", folder / "bin")
    (folder / "sbin" / "init").write_text(guest_linux.INIT.format(commands="mount -o remount,rw /"))
    (folder / "sbin" / "init").chmod(0o755)
    (folder / "etc" / "inittab").write_text("::respawn:/bin/getty -L 115200 ttyAMA0 vt100\n")
    (folder / "etc" / "passwd").write_text("root::0:0:root:/root:/bin/sh\n")
    path = context.folder / "disk"
    path.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", folder, path, "32M")
    return path


def long_root(context):
    """Debian's kernel mounts an ext4 file system of its virtio disk as its root, and its writes are there the next time."""
    members = linux_guest.members(context, "mount -t ext4 /dev/vda /mnt\numount /proc /sys\nexec switch_root /mnt /sbin/init")
    disk = root_file_system(context)
    for lines in ("wrote", "wrote again"):
        with context.start(archive=archive.archive(context, **members), system="vm-virtio", seconds=600, disks=[disk]) as machine:
            linux_guest.start(machine, 1, "--memory 128", "--disk all")
            login(machine, 1)
            ask(machine, "grep -c 'vda / ext4' /proc/mounts || grep -c ' / ext4' /proc/mounts", "1")
            if lines == "wrote again":
                ask(machine, "md5sum -c /root/sum", "/root/data: OK")
            ask(machine, "dd if=/dev/urandom of=/root/data bs=64k count=64 2>/dev/null; md5sum /root/data > /root/sum; echo $?", "0")
            ask(machine, "dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c", "16")
            machine.type("sync; mount -o remount,ro /; poweroff -f")
            machine.expect("^vmm: guest-1: power off$", timeout=60)
            leave(machine)
            machine.type("vm stop 1")
            machine.expect(PROMPT)
            machine.type("poweroff")
            assert machine.exit_status() == 0
    tool.run("e2fsck", "-f", "-n", disk)


# The smallest Debian without systemd, and the files that its packages' scripts would make.
DEBIAN = "sysvinit-core,initscripts,util-linux,login,passwd,bash,dash,grep,sed,coreutils,base-files,base-passwd,mount,libpam-modules,libpam-runtime,hostname,procps"
DEBIAN_FILES = {
    "inittab": "id:2:initdefault:\nm::sysinit:/etc/init.d/mountkernfs.sh start\nh::sysinit:/etc/init.d/hostname.sh start\n"
               "1:2345:respawn:/sbin/agetty -L ttyAMA0 115200 vt100\n",
    "hostname": "debian\n",
    "pam.d/common-auth": "auth required pam_unix.so nullok\n",
    **{f"pam.d/common-{kind}": f"{kind} required pam_unix.so\n" for kind in ("account", "password", "session")},
}


def long_debian(context):
    """Debian's own root file system on a virtio disk: its init, its getty and login, and bash."""
    folder, disk = context.folder / "files", context.folder / "debian"
    for name, text in DEBIAN_FILES.items():
        path = folder / "etc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    tool.run(context.top / "cellulos", "disk", "create", "--force", disk, "--size", "400", "--from", folder, "--deb", DEBIAN)
    masters = "/mnt/usr/share/base-passwd"
    members = linux_guest.members(context, f"mount -t ext4 /dev/vda /mnt\nsed 's/^root:[*]:/root::/' {masters}/passwd.master > /mnt/etc/passwd\n"
                              f"cp {masters}/group.master /mnt/etc/group\nln -sf dash /mnt/bin/sh\nmount -t devtmpfs dev /mnt/dev\numount /proc /sys\n"
                              "exec switch_root /mnt /sbin/init")
    with context.start(archive=archive.archive(context, **members), system="vm-virtio", seconds=600, disks=[disk]) as machine:
        linux_guest.start(machine, 1, "--memory 128", "--disk all")
        machine.type("vm console 1")
        machine.expect("^debian login: $", timeout=240)
        machine.type("root")
        machine.expect("# $", timeout=60)
        ask(machine, "cat /etc/debian_version", r"12\.\d+")
        ask(machine, "cat /proc/1/comm; tty; id -un", r"init\n/dev/ttyAMA0\nroot")
        ask(machine, "echo $BASH_VERSION", r"5\.2\..*")
        machine.type("exit")
        machine.expect("^debian login: $", timeout=60)
        machine.type("root")
        machine.expect("# $", timeout=60)
        machine.type("sync; mount -o remount,ro /; poweroff -f")
        machine.expect("^vmm: guest-1: power off$", timeout=60)
        leave(machine)
        machine.type("poweroff")
        assert machine.exit_status() == 0
    tool.run("e2fsck", "-f", "-n", disk)


def long_virtio_console(context):
    """A login on the virtio console; no output there is lost."""
    with context.start(archive=archive.archive(context, **linux_guest.members(context, "", "hvc0")), system="vm-disk", seconds=600) as machine:
        linux_guest.start(machine, 1, "--memory 128")
        login(machine, 1)
        ask(machine, "for i in 1 2 3 4 5 6 7 8 9; do yes 0123456789abcdef | head -n 100; done | wc -c", "15300")
        machine.type("yes line | head -n 500; echo end")
        before = machine.seen()
        machine.expect("^end$", timeout=60)
        assert machine.transcript()[before:machine.seen()].count("\nline") == 500
        machine.type("poweroff -f")
        machine.expect("^vmm: guest-1: power off$", timeout=60)
        leave(machine)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def long_network(context):
    """Two Linux guests on a network: one reaches the other, and gets a file from it."""
    members = linux_guest.members(context, "")
    with context.start(archive=archive.archive(context, **members), system="vm", seconds=600) as machine:
        for number in (1, 2):
            linux_guest.start(machine, number, "--memory 128", "--net lan")
        for number in (1, 2):
            login(machine, number)
            ask(machine, f"ip addr add 10.0.0.{number}/24 dev eth0 && ip link set eth0 up; cat /sys/class/net/eth0/address", f"52:54:00:00:00:0{number}")
            if number == 1:
                ask(machine, "dd if=/dev/urandom of=/file bs=64k count=32 2>/dev/null; md5sum < /file > /sum; httpd -h / && echo serves", "serves")
            leave(machine)
        machine.type("vm console 2")
        machine.expect("^what you type goes to machine 2")
        ask(machine, "ping -c 3 10.0.0.1 | grep -c 'bytes from 10.0.0.1'", "3")
        sum_there = ask(machine, "wget -q -O - http://10.0.0.1/file | md5sum", r"([0-9a-f]{32})  -").group(1)
        leave(machine)
        machine.type("vm console 1")
        machine.expect("^what you type goes to machine 1")
        ask(machine, "cat /sum", f"{sum_there}  -")
        leave(machine)
        machine.type("poweroff")
        assert machine.exit_status() == 0


class Served(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"from outside " * 100000)

    def log_message(self, *_):
        pass


def long_outside(context):
    """Linux guests of two monitors reach the network outside through a switch and the machine's card: QEMU's gateway, and behind it a
    server on this computer; and each other."""
    members = linux_guest.members(context, "")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with context.start(archive=archive.archive(context, **members), system="vm-net", net=True, seconds=900) as machine:
        for number in (1, 2):
            # A monitor shows what its machines print whatever is in front of another one: so the first is silent when the second starts.
            linux_guest.start(machine, number, f"--memory 128 --net lan --monitor {number}")
            login(machine, number)
            ask(machine, f"ip addr add 10.0.2.{14 + number}/24 dev eth0 && ip link set eth0 up && ip route add default via 10.0.2.2; echo $?", "0")
            ask(machine, "ping -c 3 10.0.2.2 | grep -c 'bytes from 10.0.2.2'", "3")
            ask(machine, f"wget -q -O - http://10.0.2.2:{server.server_address[1]}/ | wc -c", "1300000")
            if number == 2:
                ask(machine, "ping -c 3 10.0.2.15 | grep -c 'bytes from 10.0.2.15'", "3")
            machine.expect(r"^\S* # ")
            machine.type("~.")
        machine.type("poweroff")
        assert machine.exit_status() == 0
    server.shutdown()


def long_cpus(context):
    """The same kernel with 2 and 4 CPUs."""
    with linux(context) as machine:
        for number, cpus in ((1, 2), (2, 4)):
            linux_guest.start(machine, number, "--memory 128", f"--cpus {cpus}")
            login(machine, number)
            ask(machine, "nproc", str(cpus))
            ask(machine, "grep -c IPI0 /proc/interrupts", "1")
            ask(machine, "for i in 1 2 3 4; do sleep 1 & done; wait; echo all", "all")
            machine.type("poweroff -f")
            machine.expect(f"^vmm: guest-{number}: power off$", timeout=60)
            leave(machine)
            machine.type(f"vm stop {number}")
        machine.expect(PROMPT)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def long_four(context):
    """Four guests of 64 MB at once, each with its console; one is killed while the others go on."""
    with linux(context) as machine:
        before = rest(machine)
        for number in (2, 3, 4, 5):
            linux_guest.start(machine, number, "--memory 64")
        for number in (2, 3, 4, 5):
            login(machine, number)
            ask(machine, f"echo I am $(({number} * 11))", f"I am {number * 11}")
            leave(machine)
        machine.type("kill guest-3")
        for number in (2, 4, 5):
            machine.type(f"vm console {number}")
            machine.expect(f"^what you type goes to machine {number}")
            ask(machine, f"echo still $(({number} * 11))", f"still {number * 11}")
            leave(machine)
        for number in (2, 3, 4, 5):
            machine.type(f"vm stop {number}")
        figures.check_same(machine, before, pages=2500, objects=200, slots=40)  # the monitor's tables for four machines
        machine.type("poweroff")
        assert machine.exit_status() == 0


SUM = "awk 'BEGIN{for(;i<3e5;i++)s+=i/7;printf \"%f\\n\",s}'"


def long_forks(context):
    """Five copies of a Linux with two CPUs that computes with the vector unit: all get the same sum, and then run independently."""
    with linux(context, memory=2048) as machine:
        linux_guest.start(machine, 1, "--memory 64", "--cpus 2")
        login(machine, 1)
        total = ask(machine, SUM, r"\d+\.\d+").group(0)
        machine.type(f"{SUM} > sum &")
        leave(machine)
        for number in range(2, 7):
            machine.type(f"vm fork {number - 1 if number == 3 else 1}")
            machine.expect(rf"machine {number}: PD_\w+$", timeout=60)
        machine.expect(PROMPT)
        for number in range(1, 7):
            machine.type(f"vm console {number}")
            machine.expect(f"^what you type goes to machine {number}")
            ask(machine, f"echo {number} > me; wait; cat sum", re.escape(total))
            ask(machine, "cat me; nproc", rf"{number}\n2")
            leave(machine)
        machine.type("poweroff")
        assert machine.exit_status() == 0
