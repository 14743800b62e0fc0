"""The feed of the published figures: one entry a quarter that ended, as Atom (RFC 4287), in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from portal.infra import atom, i18n
from portal.infra.i18n import gettext, ngettext
from portal.insight.queries.performance import Published
from portal.insight.rules import performance as rules
from portal.insight.rules.performance import Ended
from portal.insight.rules.quarters import Quarter
from portal.insight.show_performance import grouped, process_title, quarter_name
from portal.standards.show import days


@dataclass(frozen=True)
class Publisher:
    """Who publishes: the portal's address, which names the feed for ever, and a tenant's slug, name and time zone."""

    base_url: str
    slug: str
    name: str
    zone: str


def feed(
    publisher: Publisher,
    addresses: tuple[str, str],
    published: Sequence[Published],
    ended: Sequence[Ended],
    quarters: Sequence[Quarter],
    begins: datetime,
) -> bytes:
    """The feed as UTF-8.

    :param addresses: of the feed itself and of the page it tells of, in the reader's language.
    :param quarters: those that are over, the oldest first. :param begins: when the running one began.
    """
    zone, name = publisher.zone, publisher.name
    tag = atom.tag(publisher.base_url, f"{publisher.slug}/performance")
    title = gettext("Service performance of %(name)s", name=name)
    updated = quarters[-1].ends_at(zone) if quarters else begins
    root = atom.head(tag, title, updated, addresses, name, i18n.locale_code())
    found = grouped(ended)
    for quarter in reversed(quarters):
        rows = {one.which: rules.figures(found.get((one.which, quarter.code), ())) for one in published}
        join = "&" if "?" in addresses[1] else "?"
        where = f"{addresses[1]}{join}quarter={quarter.code}"
        kept = gettext("Promises kept: %(quarter)s", quarter=quarter_name(quarter))
        entry = atom.entry(root, f"{tag}/{quarter.code}", kept, quarter.ends_at(zone), where)
        ours = [row for one in published if one.newest.side in rules.OURS for row in [rows[one.which]]]
        atom.text(entry, "summary", _summary(sum(f.met for f in ours), sum(f.volume for f in ours)), type="text")
        lines = [_line(one, rows[one.which], quarter, zone) for one in published if rows[one.which].volume]
        if lines:
            items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
            atom.text(entry, "content", str(Markup("<ul>{}</ul>").format(items)), type="html")
    return atom.written(root)


def _summary(met: int, volume: int) -> str:
    if not volume:
        return gettext("No cases: nothing that we had promised ended in this quarter.")
    return ngettext(
        "%(met)s of %(all)s promise was kept in time (%(share)s).",
        "%(met)s of %(all)s promises were kept in time (%(share)s).",
        volume,
        met=i18n.show_number(met),
        all=i18n.show_number(volume),
        share=i18n.show_percent(met / volume),
    )


def _line(one: Published, figures: rules.Figures, quarter: Quarter, zone: str) -> str:
    standard = one.at(quarter.ends_at(zone))[1]
    return gettext(
        "%(process)s – %(name)s: %(share)s of %(count)s within %(time)s; target %(target)s",
        process=process_title(one.instrument, one.process),
        name=i18n.show_text(standard.name),
        share=i18n.show_percent(figures.share),
        count=i18n.show_number(figures.volume),
        time=days(standard.amount, standard.unit),
        target=i18n.show_percent(standard.target_percent / 100),
    )
