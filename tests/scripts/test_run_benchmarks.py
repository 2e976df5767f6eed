"""The benchmarks' runner: one that fails or takes too long does not keep the others from running."""

from __future__ import annotations

from pathlib import Path

from scripts.run_benchmarks import benchmarks, report, run


def test_every_benchmark_ends_and_is_told(tmp_path: Path) -> None:
    sources = {"bench_fine": "print(1)", "bench_broken": "raise SystemExit(3)", "bench_slow": "while True: pass"}
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source, encoding="utf8")
    (tmp_path / "_shared.py").write_text("", encoding="utf8")
    known = benchmarks(tmp_path)
    assert list(known) == ["broken", "fine", "slow"]
    assert run("broken", known["broken"], []).ended == "failed"
    slow = run("slow", known["slow"], [], limit_s=0.1)
    assert slow.ended == "ended"
    assert report([slow], 0.1).splitlines()[-1].endswith("ended after 0 s")
