"""What generated cases say: answers taken from the demonstration's cases, shortened, for many places and amounts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from forms.engine import answers as reading
from portal.calls.rules import instruments
from portal.cases.rules.chain import canonical
from portal.demo.case_answers import Answers
from portal.demo.content import DemoCase, DemoContent
from portal.demo.people import DemoCity
from portal.infra.search_text import index_terms

#: Sentences that are kept of each prose answer.
SENTENCES = 1
#: In which parts of its amount a dossier is used, in per cent.
SCALES = (40, 55, 70, 85, 100)

LANGUAGE_OF: dict[str, str] = {
    **dict.fromkeys(("MZ", "AO", "CV", "GW", "ST", "BR", "TL"), "pt"),
    **dict.fromkeys(("CM", "MG", "BF", "SN", "ML", "NE", "BJ", "TG", "CI", "GN", "CD", "CG", "GA", "TD", "CF",
                     "BI", "DJ", "KM", "HT"), "fr"),
    **dict.fromkeys(("SY", "YE", "EG", "MA", "DZ", "TN", "LY", "SD", "JO", "LB", "IQ", "PS", "MR", "SO"), "ar"),
}  # fmt: skip

TITLES: dict[str, tuple[str, ...]] = {
    "en": (
        "Preparing a city development strategy for {city}",
        "Upgrading of informal settlements in {city}: first phase",
        "Growth and jobs: a strategy for {city}",
        "Safe water and drainage in the poor wards of {city}",
        "{city} 2035: a plan made with its residents",
        "Land, housing and transport in {city}: preparing a citywide programme",
    ),
    "fr": (
        "Préparation de la stratégie de développement urbain de {city}",
        "Amélioration des quartiers précaires de {city} : première phase",
        "Croissance et emploi : une stratégie pour {city}",
        "Eau et assainissement dans les quartiers pauvres de {city}",
        "{city} 2035 : un plan fait avec ses habitants",
        "Foncier, logement et transport à {city} : préparer un programme d’ensemble",
    ),
    "pt": (
        "Preparação da estratégia de desenvolvimento da cidade de {city}",
        "Requalificação dos assentamentos precários de {city}: primeira fase",
        "Crescimento e emprego: uma estratégia para {city}",
        "Água e drenagem nos bairros pobres de {city}",
        "{city} 2035: um plano feito com os seus habitantes",
        "Terra, habitação e transportes em {city}: preparar um programa para toda a cidade",
    ),
    "ar": (
        "إعداد استراتيجية تنمية مدينة {city}",
        "الارتقاء بالأحياء غير الرسمية في {city}: المرحلة الأولى",
        "النمو وفرص العمل: استراتيجية لمدينة {city}",
        "المياه وتصريف الأمطار في أحياء {city} الفقيرة",
        "{city} 2035: خطة يضعها سكانها",
        "الأرض والسكن والنقل في {city}: إعداد برنامج للمدينة كلها",
    ),
}

_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Answers for any place: everything but the section on the place.

    :param terms: the words by which its cases are found, cut once.
    """

    language: str
    answers: Answers
    amount: Decimal
    terms: str
    lines: tuple[tuple[str, str, Decimal], ...]
    assessment: Answers
    translation: dict[str, str]
    summary: str


def dossiers(content: DemoContent, limit: Decimal) -> dict[str, list[Dossier]]:
    """Dossiers by language, made of the complete cases of the demonstration.

    :param limit: the most one may ask for, in the tenant's currency.
    """
    made: dict[str, list[Dossier]] = {}
    judged = next(case.assessment for case in content.cases if case.assessment)
    for case in content.cases:
        if case.stored_questions is None:
            for scale in SCALES:
                dossier = _dossier(case, Decimal(scale) / 100, limit, case.assessment or judged)
                made.setdefault(case.language, []).append(dossier)
    return made


def _dossier(case: DemoCase, share: Decimal, limit: Decimal, judged: Answers) -> Dossier:
    answers = {section: _shortened(values) for section, values in case.answers.items() if section != "place"}
    for sponsor in answers["sponsors"]["sponsors"]:
        sponsor.pop("proof", None)  # generated cases have no files
    answers["attachments"] = {"attachments": []}
    share = share * min(Decimal(1), limit / case.amount)
    lines = _scale(answers["budget"]["budget"], share)
    amount = sum((line[2] for line in lines), Decimal(0))
    answers["budget"]["amount"] = str(amount)
    form = instruments.form("preparatory_grant", "application", 1)
    translated = case.translation or {}
    return Dossier(
        language=case.language,
        answers=answers,
        amount=amount,
        terms=index_terms(reading.search_text(form, answers)),
        lines=tuple(lines),
        assessment=judged,
        translation={key: _first_sentences(text) for key, text in translated.items() if not key.startswith("place.")},
        summary=str(judged["recommendation"]["summary"]),
    )


def _scale(rows: list[dict[str, Any]], share: Decimal) -> list[tuple[str, str, Decimal]]:
    """Scale the budget's rows in place, to whole hundreds; returns the lines that carry money of the grant."""
    lines = []
    for row in rows:
        for key in ("grant", "cofin_cash", "cofin_kind"):
            scaled = (Decimal(row[key]) * share / 100).quantize(Decimal(1)) * 100
            row[key] = str(scaled.quantize(Decimal("0.01")))
        if Decimal(row["grant"]):
            lines.append((row["component"], row["category"], Decimal(row["grant"])))
    return lines


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return _first_sentences(value) if isinstance(value, str) and len(value) > 160 else value


def _first_sentences(text: str) -> str:
    return " ".join(_SENTENCE_END.split(text.strip())[:SENTENCES])


def language_of(country: str, offered: Iterable[str]) -> str:
    """The language in which a city of a country writes, among those the tenant offers."""
    language = LANGUAGE_OF.get(country, "en")
    return language if language in offered else "en"


@dataclass(frozen=True, slots=True)
class Written:
    """The answers of one generated case."""

    answers: Answers
    sha256: str
    title: str
    city: str


def write(dossier: Dossier, city: DemoCity, random: Random) -> Written:
    """A dossier's answers for a city."""
    name = (city.names or {}).get(dossier.language, city.name)
    title = random.choice(TITLES[dossier.language]).format(city=name)
    place = {
        "title": title,
        "activity_type": random.choice(("cds", "su", "both")),
        "scope": "city",
        "country": city.country,
        "cities": [{"_row": "r1", "city": city.answer(dossier.language)}],
    }
    answers = {**dossier.answers, "place": place}
    return Written(answers, hashlib.sha256(canonical(answers)).hexdigest(), title, name)
