# SPDX-License-Identifier: BSD-2-Clause
"""Budgets: one program's use does not cut into others' budgets, and a program that ends gives everything back."""
import re

from harness import archive
from harness.archive import CONSOLE
from harness.boot import PROMPT
from harness.figures import check_same, figures, figures_at_rest

SECONDS = 240
COMPARE = False  # how many there are of something depends on the kernel's objects
QUOTA = "beyond the limit of this protection domain"


def run(machine, line, answer):
    """Types a line at the prompt; returns the program's output."""
    machine.expect(PROMPT)
    machine.type(line)
    return machine.expect(answer, timeout=120)


def taken(machine, line, least, most, why=QUOTA):
    """The count that `hoard` reports."""
    what = re.search(r"hoard (\S+)", line).group(1)
    count = int(run(machine, line, rf"^hoard: (\d+) {what}: {re.escape(why)}$").group(1))
    assert least <= count <= most, (line, count)
    return count


def test_family_counts(context):
    """rule: charge-counts-upwards, in-makers-budget, limits-only-cap. A program's children count in its budget, too, whatever limits it sets."""
    with context.start() as machine:
        taken(machine, "run pages=150 hoard pages", 100, 150)
        taken(machine, "run pages=150 nest -- hoard pages", 80, 140)
        taken(machine, "run pages=150 nest 'limits pages=100000' -- hoard pages", 80, 140)
        taken(machine, "run pages=150 nest 'limits pages=60' -- hoard pages", 20, 60)
        taken(machine, "run objects=400 nest limits -- hoard endpoints", 50, 200)
        taken(machine, "run slots=150 nest limits -- hoard gifts", 50, 140)


def test_not_from_inside(context):
    """rule: limits-from-outside. No PD changes the limits of a budget that it is in."""
    with context.start() as machine:
        run(machine, "run pages=60 hoard unlimit", "^hoard: 0 unlimit: the rights do not allow it$")
        run(machine, "run pages=60 nest -- hoard unlimit", "^hoard: 0 unlimit: the rights do not allow it$")
        run(machine, "limit shell pages=1", "^limit: shell: the rights do not allow it$")
        run(machine, "run hoard pages 200 keep &", "^(cell> )?hoard: 200 pages: all$")
        run(machine, "limit hoard pages=100", "")
        run(machine, "kill --family hoard", "")
        run(machine, "limit toy pages=5000", "")
        run(machine, "run toy-client create", "^toy-client: create: 0$")


def test_not_from_inside_with_authority(context):
    """rule: limits-from-outside. Not even a PD with authority over the whole system."""
    description = CONSOLE + """pd boss process program=nest
  hold root rights=rwx
  limits pages=300
  rde PD
  rde MO
  rde CONSOLE from console
  args 'hold root rights=rwx' -- hoard unlimit-maker
"""
    with archive.start(context, description) as machine:
        machine.expect("^hoard: 0 unlimit-maker: the rights do not allow it$")


def test_counters(context):
    """rule: counters, limits-below-use. `ps` shows the use; a limit below the use takes nothing away."""
    with context.start() as machine:
        run(machine, "run hoard pages 200 keep &", "^(cell> )?hoard: 200 pages: all$")
        for limit in ("", "limit hoard pages=20"):
            run(machine, limit, "")
            pages = int(run(machine, "ps", r"^PD_\w+ +running +(\d+) +\d+ +\d+ .* hoard$").group(1))
            assert 200 < pages < 300, pages
        run(machine, "kill hoard", "")


def test_levels(context):
    """rule: budget-levels. Six budgets can be nested below the shell's and the job's; not seven."""
    with context.start() as machine:
        nest = "nest limits -- "
        run(machine, f"run {nest * 6}hello", "^hello, world$")
        run(machine, f"run {nest * 7}hello", "^nest: hello: .*(too large|larger than)")


def test_reserve(context):
    """rule: reserve. Only a PD with a reserve may pass some of it on; with one, a block of the system gets pages when no others are left."""
    description = CONSOLE + """pd greedy process program=hoard
  rde MO
  rde CONSOLE from console
  args pages keep
  ceiling 90
pd saved process program=nest
  reserve pages=2000 objects=500 slots=500
  rde MO
  rde PD
  rde CONSOLE from console
  ceiling 80
  args 'reserve pages=1500 objects=300 slots=300' -- hoard pages 1200
pd begging process program=nest
  rde MO
  rde PD
  rde CONSOLE from console
  ceiling 70
  args 'reserve pages=1' -- hoard pages
"""
    with archive.start(context, description) as machine:
        machine.expect(r"^hoard: \d+ pages: no memory left$", timeout=120)
        machine.expect("^hoard: 1200 pages: all$", timeout=120)
        machine.expect("^nest: hoard: .*reserve: the creator has no reserve that it could be taken from$", timeout=120)


def test_reserve_of_the_shell(context):
    """rule: reserve. The shell's programs take nothing from its reserve; from that it starts others when nothing else is left."""
    with context.start() as machine:
        run(machine, "run hoard pages keep &", r"^hoard: \d+ pages: no memory left$")
        run(machine, "run hello", "^run: .*no memory left$")
        run(machine, "run --reserve hello", "^hello, world$")
        run(machine, "rsi toy shell", "^RSI VMR")
        run(machine, "kill hoard", "^hoard .PD_4. was killed$")
        run(machine, "run hello", "^hello, world$")


def test_records_are_charged(context):
    """rule: records, untouched. Each record that the root task keeps is charged, and memory that was never touched costs a constant."""
    with context.start() as machine:
        run(machine, "run objects=500 hoard lazy", rf"^hoard: \d+ lazy: {QUOTA}$")
        before = figures(machine)
        taken(machine, "run objects=500 hoard lazy", 300, 470)
        taken(machine, "run objects=500 hoard reservations", 300, 490)
        taken(machine, "run objects=500 hoard endpoints", 100, 240)
        taken(machine, "run objects=500 pages=2000 hoard snapshots", 10, 250)
        taken(machine, "run pages=200 hoard snapshots", 5, 100)
        run(machine, "run hoard touched 30", "^hoard: 30 touched: all$")
        run(machine, "run hoard lazy 30 keep &", "^(cell> )?hoard: 30 lazy: all$")
        during = figures(machine)
        assert during["pages"] > before["pages"] - 100, (before, during)
        run(machine, "kill hoard", "")
        check_same(machine, before)


def long_200000_reservations(context):
    """rule: records, untouched"""
    with context.start() as machine:
        before = figures(machine)
        run(machine, "run hoard reservations 200000 keep &", "^(cell> )?hoard: 200000 reservations: all$")
        run(machine, "ps", r"^PD_\w+ +running +\d+ +200\d\d\d .* hoard$")
        run(machine, "kill hoard", "")
        check_same(machine, before, pages=400)


def test_snapshots_of_others(context):
    """rule: tables-without-total. A PD with many open snapshots does not prevent others from having one."""
    with context.start() as machine:
        before = figures(machine)
        run(machine, "run hoard snapshots 40 keep &", "^(cell> )?hoard: 40 snapshots: all$")
        run(machine, "rsi toy shell", "^RSI MO")
        run(machine, "kill hoard", "")
        check_same(machine, before, objects=4, slots=16)


def test_types_end(context):
    """rule: types-end. Types end with their last space, and a limit holds for those that are kept."""
    description = CONSOLE + """pd passing process program=hoard
  serves *
  rde RESSPC
  rde CONSOLE from console
  args passing-types 66000
pd kept process program=hoard
  serves *
  limits objects=2000
  rde RESSPC
  rde CONSOLE from console
  args types keep
pd last process program=hoard
  serves *
  rde RESSPC
  rde CONSOLE from console
  args types 100
"""
    with archive.start(context, description) as machine:
        machine.expect("(?s)^hoard: 66000 passing-types: all$", timeout=200)
        text = machine.transcript()
        assert re.search(rf"^hoard: \d\d\d+ types: {QUOTA}$", text, re.MULTILINE), text
        assert re.search("^hoard: 100 types: all$", text, re.MULTILINE), text


def test_gifts(context):
    """rule: gifts, payers. The giver pays, has at most as many gifts at a server as its edge allows, and they go with it."""
    with context.start() as machine:
        taken(machine, "run hoard gifts", 1024, 1024)
        run(machine, "run sleep 1", "")
        before = figures(machine)
        for _ in range(3):
            taken(machine, "run hoard gifts", 1024, 1024)
        taken(machine, "run nest 'rde TOY allow=10' -- hoard gifts", 1024, 1034)
        taken(machine, "run slots=200 hoard gifts", 100, 190)
        taken(machine, "run objects=200 hoard gifts", 50, 100)
        check_same(machine, before, objects=20, slots=100)  # the tables of the server's handles keep room; 3000 were given


def test_lent_memory(context):
    """rule: whole-when-attached, may-fault. A server does not depend on the pages left in its client's budget."""
    with context.start() as machine:
        run(machine, "run pages=60 hoard lent", f"^hoard: 0 lent: {QUOTA}$")
        run(machine, "run toy-client create get", "^toy-client: get: 0$")


def test_fork_bomb(context):
    """rule: family. A family of PDs is bounded by its limit, and ended as a whole, also when its first PD has ended."""
    with context.start() as machine:
        run(machine, "run objects=600 bomb fork &", r"^bomb is (PD_\w+)$")
        machine.expect("^bomb: .*made, then: ", timeout=60)
        run(machine, "kill --family bomb", "^kill: [0-9]+ PDs are called 'bomb'")
        number = re.search(r"bomb is (PD_\w+)", machine.transcript()).group(1)
        run(machine, f"kill {number}", "")
        run(machine, f"kill --family {number}", "")
        run(machine, "wait", "")
        before = figures_at_rest(machine)
        assert before["PDs"] == 4, before
        run(machine, "run objects=600 bomb fork &", r"^bomb is (PD_\w+)$")
        machine.expect("^bomb: .*made, then: ", timeout=60)
        number = re.findall(r"bomb is (PD_\w+)", machine.transcript())[-1]
        run(machine, f"kill --family {number}", "")
        run(machine, "wait", "")
        check_same(machine, before)


def test_interrupted_family(context):
    """rule: family. Ctrl-C also ends the PDs that the job made."""
    with context.start() as machine:
        for _ in range(2):  # after the first there are tables for them, which stay
            before = figures_at_rest(machine)
            machine.expect(PROMPT)
            machine.type("run objects=600 bomb fork")
            machine.expect("^bomb: .*made, then: ", timeout=60)
            machine.send("\x03")
            machine.expect(r"^bomb \(PD_\w+\) was killed$")
        check_same(machine, before)


def test_chain(context):
    """rule: charges-outlive, empty-budgets. A PD escapes from a limit neither by exiting nor by making a successor."""
    with context.start() as machine:
        run(machine, "run bomb chain 50", "^bomb: the chain ends$")
        run(machine, "run bomb copies 20", "^bomb: the chain ends$")
        before = figures_at_rest(machine)
        run(machine, "run objects=400 bomb chain 300", rf"^bomb: \d+ generations are missing: {QUOTA}$")
        run(machine, "run bomb chain 50", "^bomb: the chain ends$")
        run(machine, "run objects=600 bomb copies 300", rf"^bomb: \d+ generations are missing: {QUOTA}$")
        run(machine, "run bomb copies 20", "^bomb: the chain ends$")
        check_same(machine, before)


def test_fault_flood(context):
    """rule: fault-reports. At most eight a second for a budget and those in it."""
    with context.start() as machine:
        run(machine, "run bomb faults 100 &", r"^bomb is (PD_\w+)$")
        run(machine, "run sleep 2", "")
        run(machine, "kill --family bomb", "")
        run(machine, "echo told", "^told$")
        reports = len(re.findall(r"^fault: PD_\w+ \(bomb\)", machine.transcript(), re.MULTILINE))
        assert 1 <= reports <= 40, reports


def test_work_for_a_server(context):
    """rule: records, kept-for-clients. News of ended clients that a server has not received yet is charged to those clients."""
    with context.start() as machine:
        run(machine, "run hoard unheard 1", "^hoard: 30 toys dropped, no slots less$")
        machine.expect("^hoard: when the server knows: as many slots less$")
