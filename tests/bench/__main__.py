"""``python -m tests.bench``: measure every page at each size on each database, and write the table."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import Any

import click

from tests.bench import clients, clocks, pages, places, queries
from tests.bench.clients import BenchError, Load
from tests.machine import ROOT

HEAD = (
    f"{'page':<20} {'cases':>8} {'req/s':>8} {'median':>8} {'p95':>8} {'bare/s':>8} {'ratio':>6} {'p95 ×':>6}"
    f" {'queries':>7} {'bytes':>8} {'packed':>7}"
)


def main(words: list[str]) -> int:
    """Run the bench; 0 when every page answered."""
    parser = argparse.ArgumentParser(prog="portal bench", description=__doc__)
    parser.add_argument("--cases", default="1000,100000")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--clocks", type=int, default=1_000_000, help="open clocks for the sweep; 0: leave it out")
    parser.add_argument("--due", type=int, default=10_000, help="those of them that are due")
    parser.add_argument("--output", default="var/bench.json")
    options = parser.parse_args(words)
    sizes = sorted(int(size) for size in options.cases.split(","))
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    result: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "seconds": options.seconds, "databases": {}}
    try:
        for kind in kinds:
            result["databases"][kind] = measure_database(kind, sizes, options)
        if options.clocks:
            words = ["--clocks", str(options.clocks), "--due", str(options.due), "--database", options.database]
            clocks.main(words)
    except BenchError as error:
        click.echo(f"The bench stopped: {error}", err=True)
        return 1
    finally:
        output = ROOT / options.output
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")
        click.echo(f"\nWritten to {output}")
    return 0


def measure_database(kind: str, sizes: list[int], options: argparse.Namespace) -> dict[str, Any]:
    """Every size on one database, the smaller first; the larger ones add to it."""
    click.echo(f"\n{kind}: loading the demonstration")
    rows: list[dict[str, Any]] = []
    loads: list[dict[str, Any]] = []
    with places.place(kind) as place:
        empty, done = place.size(), 0
        for size in sizes:
            seconds = place.fill(size - done)
            loads.append(
                {
                    "cases": size,
                    "added": size - done,
                    "seconds": round(seconds, 1),
                    "kb_a_case": round((place.size() - empty) / size / 1024, 1),
                }
            )
            click.echo(f"{size} cases: {size - done} added in {seconds:.0f} s, {loads[-1]['kb_a_case']} KB a case")
            done = size
            rows += measure_size(
                place, size, options, {row["page"]: row["p95"] for row in rows if row["cases"] == sizes[0]}
            )
    print_plans(rows)
    return {"loads": loads, "pages": rows}


def measure_size(
    place: places.Place, size: int, options: argparse.Namespace, smallest: dict[str, float]
) -> list[dict[str, Any]]:
    """Every page at one size: ours and the bare one in turn."""
    app = queries.application(place)
    wanted = pages.targets(app)
    address, bare = place.environ["PORTAL_BIND"], f"127.0.0.1:{places.free_port()}"
    told = {
        "BENCH_DATABASE_URL": place.app_url,
        "BENCH_TENANT": str(wanted.tenant),
        "BENCH_ORGANISATION": str(wanted.organisation),
        "BENCH_CASE": str(wanted.case),
    }
    rows = []
    click.echo(HEAD)
    with (
        places.served(places.portal_words(), address, place.environ),
        places.served(places.bare_words(bare), bare, {**place.environ, **told}),
    ):
        cookies = {
            p.code: clients.log_in(address, p.email, p.password)
            for p in {q.person.code: q.person for q in wanted.pages if q.person}.values()
        }
        for page in wanted.pages:
            cookie = cookies[page.person.code] if page.person else "portal=none"
            try:
                row = measure_page(page, address, bare, cookie, options)
                found = queries.asked(app, page.path, page.person.email if page.person else None)
            except (BenchError, AssertionError) as error:
                click.echo(f"{page.name:<20} {size:>8} {error}")
                rows.append({"page": page.name, "cases": size, "error": str(error), "p95": 0.0})
                continue
            row |= {"cases": size, "queries": found.count, "plans": found.plans, "scans": found.scans}
            row["growth"] = round(row["p95"] / smallest[page.name], 2) if smallest.get(page.name) else None
            rows.append(row)
            print_row(row)
    return rows


def measure_page(page: pages.Page, address: str, bare: str, cookie: str, options: argparse.Namespace) -> dict[str, Any]:
    """Ours and the bare page, each warmed first."""
    size, packed = (clients.page_size(address, page.path, cookie, packed=packed) for packed in (False, True))
    how = {"seconds": options.seconds, "connections": options.connections}
    warm = {"seconds": 1.0, "connections": options.connections}
    clients.load(address, page.path, cookie, **warm)
    ours = clients.load(address, page.path, cookie, **how)
    clients.load(bare, page.bare, "", **warm)
    base = clients.load(bare, page.bare, "", **how)
    if ours.failed or base.failed:
        raise BenchError(f"{ours.failed} of our answers and {base.failed} bare ones failed")
    return {"page": page.name, "path": page.path, **figures(ours), "bare": figures(base),
            "ratio": round(ours.rate / base.rate, 3), "bytes": size, "packed": packed}  # fmt: skip


def figures(load: Load) -> dict[str, float]:
    """A load as plain figures."""
    return {"rate": round(load.rate, 1), "median": round(load.median, 2), "p95": round(load.p95, 2)}


def print_row(row: dict[str, Any]) -> None:
    """One line of the table."""
    growth = f"{row['growth']:.2f}" if row["growth"] else ""
    click.echo(
        f"{row['page']:<20} {row['cases']:>8} {row['rate']:>8.0f} {row['median']:>8.1f} {row['p95']:>8.1f}"
        f" {row['bare']['rate']:>8.0f} {row['ratio']:>6.0%} {growth:>6} {row['queries']:>7}"
        f" {row['bytes']:>8} {row['packed']:>7}"
    )


def print_plans(rows: list[dict[str, Any]]) -> None:
    """The plan of every statement that reads cases, at the largest size, each once."""
    largest = max(row["cases"] for row in rows)
    told: set[str] = set()
    click.echo("\nplans:")
    for row in rows:
        for statement, steps in row.get("plans", ()) if row["cases"] == largest else ():
            if statement not in told:
                told.add(statement)
                click.echo(f"  {row['page']}: {statement[:220]}")
                for step in steps:
                    click.echo(f"      {'! ' if queries.walks(step) else '  '}{step}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
