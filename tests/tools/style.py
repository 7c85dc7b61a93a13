# SPDX-License-Identifier: BSD-2-Clause
"""The dialect of C: .clang-format on the lines that the last commit or an uncommitted change touches; how long lines are, and how headers begin."""

import re
import shutil
import subprocess

SECONDS = 120


def git(context, *words):
    return subprocess.run(["git", "-C", context.top, *words], capture_output=True, text=True)


def formatter():
    found = next((name for name in ("git-clang-format", "git-clang-format-14") if shutil.which(name)), None)
    assert found, "there is no git-clang-format (Debian package clang-format)"
    return found


def differences(context, folder, base):
    run = subprocess.run([formatter(), "--diff", "--extensions", "c,h", "--style", f"file:{context.top / '.clang-format'}", base],
                         cwd=folder, capture_output=True, text=True)
    return run.stdout if run.stdout.startswith("diff") else ""


def test_changed_lines(context):
    base = "HEAD~1" if git(context, "rev-parse", "-q", "--verify", "HEAD~1").returncode == 0 else "HEAD"
    found = differences(context, context.top, base)
    assert not found, found


def test_is_noticed(context):
    """A repository of its own with one line that is indented by three blanks."""
    folder = context.folder / "repository"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    source = folder / "a.c"
    source.write_text("int main(void)\n{\n    return 0;\n}\n")
    git_words = ["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t"]
    subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
    subprocess.run([*git_words, "add", "."], check=True)
    subprocess.run([*git_words, "commit", "-q", "-m", "a"], check=True)
    source.write_text("int main(void)\n{\n   return 1;\n}\n")
    found = differences(context, folder, "HEAD")
    assert "-   return 1;" in found and "+    return 1;" in found, found
    source.write_text("int main(void)\n{\n    return 1;\n}\n")
    assert not differences(context, folder, "HEAD")


def test_long_lines(context):
    """No line is longer than .clang-format has it, comments included."""
    most = int(re.search(r"^ColumnLimit: (\d+)$", (context.top / ".clang-format").read_text(), re.M)[1])
    names = git(context, "ls-files", "-co", "--exclude-standard", "*.c", "*.h", "*.S").stdout.split()
    assert len(names) > 800
    long = [f"{name}:{number}" for name in names if (context.top / name).exists()
            for number, line in enumerate((context.top / name).read_text().splitlines(), 1) if len(line) > most]
    assert not long, f"longer than {most}: {long}"


def test_headers(context):
    """Each may be included twice, by the one way."""
    headers = git(context, "ls-files", "-co", "--exclude-standard", "*.h").stdout.split()
    assert len(headers) > 200
    without = [name for name in headers if (context.top / name).exists() and
               "\n#pragma once\n" not in (context.top / name).read_text()]
    assert not without, f"without #pragma once: {without}"
