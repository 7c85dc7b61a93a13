# SPDX-License-Identifier: BSD-2-Clause
"""The root task cannot run out of stack: the compiler's figures and call graph (tests/tools/stack.mk), with the targets of calls through
pointers, give no recursion but the cycles that are named here with their bounds, and no more bytes than there are."""

import collections
import re
import subprocess
import threading

# Calls through pointers: the file that they are in, or the calling function, and the functions that they may lead to, a pattern
# of FILE:FUNCTION. test_pointers() says when one is missing.
INDIRECT = {
    "lib/idl/serve.c": r"root/(serve|system)/\w+\.c:\w+_serve|root/serve/serve\.c:(find|select)",
    "lib/plan/items.c": r"root/pd/view\.c:\w+",
    "lib/plan/names.c": r"root/pd/view\.c:\w+",
    "lib/plan/lines.c": r"lib/plan/lines\.c:read_\w+",
    "lib/plan/plan.c": r"root/pd/view\.c:\w+",
    "lib/plan/regions.c": r"root/pd/view\.c:\w+",
    "plan_make": r"lib/plan/(plan|items|regions)\.c:\w+|root/pd/view\.c:resize",
    "planner_items": r"lib/plan/items\.c:plan_\w+",
    "lib/runtime/enter.c": r"lib/runtime/stdio\.c:flush",
    "lib/runtime/lock.c": r"(?!)",  # the root task gives the runtime no hooks: it has one thread
    "root/channel/control.c": r"root/(graph/channel|system/essential)\.c:\w+|root/channel/control\.c:poweroff",
    "root/core/events.c": r"root/spaces/gifts\.c:tell_keepers|root/pd/handed\.c:gone|root/serve/(graph\.c:close_all|word\.c:forget)|"
                          r"root/system/((essential|restart)\.c:pd_ends|(system|restart)\.c:space_made|ready\.c:check)",
    "root/core/handle.c": r"root/spaces/resspc\.c:resource_unheld",
    "root/core/object.c": r"root/\w+/\w+\.c:(\w+_)?destroy",
    "reap_later": r"root/loop/pacer\.c:wake",
    "timeouts_run": r"root/loop/pacer\.c:wake",
    "root/core/reaper.c": r"root/\w+/\w+\.c:(reap_\w+|take_\w+|move_some|write_some|release_maker)",
    "model/core/build.c": r"root/memory/heap\.c:model_resize|root/pd/view\.c:resize",
    "model/core/memory.c": r"root/memory/heap\.c:model_resize|root/pd/view\.c:resize",
    "model/core/holds.c": r"model/core/rsi\.c:reach_held",
    "root/memory/check.c": r"root/channel/control\.c:control_log",
    "root/serve/graph.c": r"root/serve/graph\.c:add_\w+",
    "root/graph/graph.c": r"root/serve/graph\.c:ready\w*|root/graph/channel\.c:send_snapshot",
    "root/graph/pass.c": r"root/graph/graph\.c:run_pass",
    "root/graph/select.c": r"root/graph/tables\.c:(edges|node)_\w+|root/graph/memory\.c:graph_(edges|node)_\w+|root/graph/cuts\.c:(find_shared|cut_if_in_parts|cut_as_range|settle_one)|root/graph/graph\.c:note",
    "root/graph/text.c": r"root/graph/text\.c:put_\w+",
    "root/loop/loop.c": r"root/(serve|system)/\w+\.c:serve_\w+|root/pd/fault\.c:handle|root/graph/graph\.c:run_finish|"
                        r"root/(pd/family|system/system)\.c:run|root/channel/control\.c:signalled|root/loop/clock\.c:timer_signal",
    "root/loop/piece.c": r"root/(serve|loop)/\w+\.c:undo_\w+",
    "root/loop/timeouts.c": r"root/\w+/\w+\.c:(too_late|give_up|give_up_waiting|wake|ring|try|look)",
    "root/pd/execute.c": r"root/pd/(execute\.c:run_\w+|(build_(space|authority)|guest)\.c:build_\w+)",
    "root/pd/life.c": r"root/pd/life\.c:(drop_\w+|end_linked|tell_servers)|root/\w+/\w+\.c:(pd_cut_ties|contexts_free|wait_finish)",
    "drop_deferred": r"root/pd/wait\.c:gone|root/pd/handed\.c:forget_wait|root/pd/family\.c:caller_gone|root/pd/cleanup\.c:asker_gone",
    "root/selftest/selftest.c": r"root/selftest/\w+\.c:(test_\w+|selftests_\w+|ring)",
    "root/spaces/work.c": r"root/graph/graph\.c:told|root/system/watch\.c:answered",
}

# Functions of a cycle, at most how deep they nest, and why.
TREE = 39  # 1.44 log2 of 2^27, the pages of an address space: trees of regions are balanced
CYCLES = {
    "place": (TREE, "lib/regions/regions.c"),
    "remove": (TREE, "lib/regions/regions.c"),
    "remove_lowest": (TREE, "lib/regions/regions.c"),
    "leads_not_to": (17, "MAP_DEPTH of root/spaces/resspc.h, and the last that finds it exceeded"),
    "handle_free_all resource_unheld take_resource":
        (2, "a resource that is being deleted is dead, and then nothing more is done"),
    "drop_deferred making_undo pd_finish pieces_undo undo_making":
        (2, "a PD that is being made has asked for nothing yet, so it has no pieces of its own (root/loop/piece.h)"),
    "ads_destroy destroy object_release resource_destroy take_down":
        (9, "objects refer to objects of other classes only, in one direction: at most as deep as there are classes"),
    "heap_free heap_large_give": (2, "the list of a large span's frames is no large span itself"),
    "allocate block_create block_whole frames_allocate gib_take heap_allocate heap_large_resize heap_large_take heap_pages_take heap_resize "
    "large_allocate leaf_create leaf_ensure leaf_new object_allocate piece_take run_take slots_allocate small_allocate_new space_map":
        (4, "cutting a block does not nest (root/memory/blocks.c), and what it takes, a record, a leaf of slots, a page table, comes "
            "out of the runs kept for it: a span, its list of frames, the cut, and the record's page"),
}

# Where a thread of the root task begins, and the bytes of its stack.
ENTRIES = {
    "runtime_enter_root": 65536 - 1024,  # lib/runtime/crt_root.S; the rest: its thread-local block
    "root/channel/monitor.c:monitor_main": 4 * 4096,  # STACK_PAGES
    "root/graph/pass.c:pass_main": 32768,  # lib/runtime/crt_root.S
    "root/boot/probe.c:try_counter": 512,
    "root/boot/probe.c:try_cycles": 512,
    "root/boot/probe.c:try_timer": 512,
}

# Functions without figures: of the C library, measured in tests/runtime/stack.c; and hand-written ones, which take none.
LIBRARY_BYTES = 2048
NONE = {"memcpy", "memset", "memmove", "pass_switch"}


class Graph:
    """Functions by title: NAME, or FILE:NAME of a static one."""

    def __init__(self, build):
        self.bytes, self.dynamic, self.places = {}, {}, {}
        self.calls, self.sites = collections.defaultdict(set), collections.defaultdict(set)
        used = set()
        for name in (build / "stack" / "figures").read_text().split():
            path = build.parent / name
            self._read(path)
            source = str(path.relative_to(build / "stack").with_suffix(".c"))
            for function in taken(path.with_suffix(".o")):
                used.add(f"{source}:{function}" if f"{source}:{function}" in self.bytes else function)
        self.taken = used & set(self.bytes)

    def _read(self, path):
        for line in path.read_text().splitlines():
            node = re.match(r'node: { title: "([^"]*)" label: "[^"]*?\\n([^:"]*):[^"]*\\n(\d+) bytes \((.*?)\)', line)
            edge = re.match(r'edge: { sourcename: "([^"]*)" targetname: "([^"]*)"(?: label: "([^:"]*))?', line)
            if node:
                title = node[1]
                self.bytes[title], self.dynamic[title] = int(node[3]), node[4]
                self.places[title] = title if ":" in title else f"{node[2]}:{title}"
            elif edge and edge[2] == "__indirect_call":
                self.sites[edge[1]].add(edge[3].removeprefix("./"))
            elif edge:
                self.calls[edge[1]].add(edge[2])

    def resolve(self):
        """Adds the targets of calls through pointers."""
        for caller, files in self.sites.items():
            for key in {short(caller)} & set(INDIRECT) or files & set(INDIRECT):
                self.calls[caller] |= {title for title in self.taken if re.fullmatch(INDIRECT[key], self.places[title])}

    def reachable(self):
        seen, todo = set(), list(ENTRIES)
        while todo:
            title = todo.pop()
            if title not in seen:
                seen.add(title)
                todo += self.calls[title]
        return seen

    def cycles(self):
        """Strongly connected components with a call inside, in an order in which callees come first (Tarjan)."""
        order, low, stack, found = {}, {}, [], []

        def visit(root):
            work = [(root, iter(sorted(self.calls[root])))]
            order[root] = low[root] = len(order)
            stack.append(root)
            while work:
                title, callees = work[-1]
                for callee in callees:
                    if callee not in order:
                        order[callee] = low[callee] = len(order)
                        stack.append(callee)
                        work.append((callee, iter(sorted(self.calls[callee]))))
                        break
                    if callee in stack:
                        low[title] = min(low[title], order[callee])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[title])
                    if low[title] == order[title]:
                        at = stack.index(title)
                        found.append(frozenset(stack[at:]))
                        del stack[at:]

        for entry in ENTRIES:
            if entry not in order:
                visit(entry)
        return found


def taken(path):
    """The functions whose addresses an object file uses otherwise than to call them."""
    names = set()
    section = ""
    said = subprocess.run(["aarch64-linux-gnu-readelf", "-rW", path], capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        header = re.match(r"Relocation section '(\S+)'", line)
        if header:
            section = header[1]
        words = line.split()
        if len(words) < 5 or ".debug" in section or ".eh_frame" in section:
            continue
        if not words[2].startswith("R_AARCH64_") or words[2].endswith(("CALL26", "JUMP26", "BR19", "BR14")):
            continue
        if words[6:7] in ([], ["0"]):  # else a label of a switch
            names.add(words[4].removeprefix(".text."))
    return names


def short(title):
    return title.rsplit(":", 1)[-1]


def own_bytes(graph, title):
    """Bytes of the function's own frame."""
    return graph.bytes.get(title, 0 if title in NONE else LIBRARY_BYTES)


GRAPHS = {}
READING = threading.Lock()


def graph_of(context):
    """One for all tests, which only look at it."""
    with READING:
        if context.build not in GRAPHS:
            GRAPHS[context.build] = read_graph(context)
        return GRAPHS[context.build]


def read_graph(context):
    output = "build" if context.build == context.top / "build" else str(context.build)
    subprocess.run(["flock", context.build / ".stack-lock", "make", "-s", f"O={output}", f"{output}/stack/figures"], cwd=context.top,
                   check=True, capture_output=True)
    graph = Graph(context.build)
    graph.resolve()
    return graph


def test_pointers(context):
    """Every call through a pointer is in the table, and every function that is not only called is led to by one."""
    graph = graph_of(context)
    seen = graph.reachable()
    callers = [title for title in seen if title in graph.sites]
    files = set().union(*(graph.sites[title] for title in callers if short(title) not in INDIRECT))
    assert files <= set(INDIRECT), f"not in the table: {sorted(files - set(INDIRECT))}"
    led = [title for title in graph.taken if any(re.fullmatch(pattern, graph.places[title]) for pattern in INDIRECT.values())]
    lost = sorted(graph.places[title] for title in graph.taken - set(led) - set(ENTRIES) if graph.places[title].startswith("root/"))
    assert lost == [], lost


def test_recursion(context):
    """No cycle but those that are named."""
    graph = graph_of(context)
    cycles = {" ".join(sorted(short(title) for title in cycle)) for cycle in graph.cycles()
              if len(cycle) > 1 or any(title in graph.calls[title] for title in cycle)}
    assert cycles <= set(CYCLES), f"not named: {sorted(cycles - set(CYCLES))}"


def test_frames(context):
    """No frame whose size is known at run time only."""
    graph = graph_of(context)
    dynamic = sorted(title for title in graph.reachable() if graph.dynamic.get(title, "static") == "dynamic")
    assert dynamic == [], dynamic


def test_depth(context):
    """The stack of all nested calls fits, from each entry."""
    graph = graph_of(context)
    most = {}
    for cycle in graph.cycles():
        inside = sum(own_bytes(graph, title) for title in cycle) * CYCLES.get(" ".join(sorted(map(short, cycle))), (1, ""))[0]
        below = max([most[callee] for title in cycle for callee in graph.calls[title] if callee not in cycle], default=(0, ()))
        for title in cycle:
            most[title] = (inside + below[0], (title, inside) + below[1])
    for entry, room in ENTRIES.items():
        deepest, path = most[entry]
        (context.folder / f"{short(entry)}.txt").write_text(f"{deepest} of {room}\n" + "".join(
            f"{path[i + 1]:6} {path[i]}\n" for i in range(0, len(path), 2)))
        assert deepest <= room, f"{short(entry)}: {deepest} bytes of {room}; see {context.folder}"
