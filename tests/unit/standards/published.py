"""Service standards that funders have published, as data, each with histories worked by hand.

A day in a working is a working day unless it says otherwise; “(4)” is how many are counted so far. Ottawa has the
holidays of Ontario: 16 February, 3 April, 18 May, 1 July, 7 September, 12 October and 25 December in 2015.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.core.calendars import WorkCalendar

OTTAWA = WorkCalendar("default", "America/Toronto", countries=(("CA", "ON"),))
LONDON = WorkCalendar("default", "Europe/London", countries=(("GB", "ENG"),))
WELLINGTON = WorkCalendar("default", "Pacific/Auckland", countries=(("NZ", "WGN"),))
WASHINGTON = WorkCalendar("default", "America/New_York", countries=(("US", "DC"),))


@dataclass(frozen=True)
class History:
    """What happened, at which local moment one looks, and what must come out.

    due, stopped: local days. lapse: elapsed, in the unit of the count.
    """

    working: str
    events: tuple[tuple[str, str] | tuple[str, str, Mapping[str, object]], ...]
    at: str
    state: str
    due: str | None = None
    lapse: int | None = None
    left: int | None = None
    tiers: tuple[bool | None, ...] = ()
    subject: str | None = None


@dataclass(frozen=True)
class Published:
    """A published standard: who says so, what it is as data, and its histories."""

    name: str
    data: Mapping[str, object]
    histories: tuple[History, ...]
    calendar: WorkCalendar = field(default=OTTAWA)


def days(amount: int, start: object, stop: object, unit: str = "business_days", **more: object) -> dict[str, object]:
    """A standard of so much time from one event to another."""
    return {"start": start, "stop": stop, "amount": amount, "unit": unit, **more}


def kept(
    working: str, start: tuple[str, str], stop: tuple[str, str], due: str, lapse: int, state: str = "met"
) -> History:
    """Begun and done, looked at on the day it was done."""
    return History(working, (start, stop), stop[0], state, due, lapse)


TABLE = (
    Published(
        "Transport Canada: acknowledge an application",
        days(10, "received", "acknowledged", target_percent=80),
        (
            kept("Monday 2 March: 3-6 (4), 9-13 (9), 16 (10).",
                 ("2015-03-02", "received"), ("2015-03-16", "acknowledged"), "2015-03-16", 10),
            kept("Friday 8 May: 11-15 (5), not 18, 19-22 (9), 25 (10); the 26th is the 11th.",
                 ("2015-05-08", "received"), ("2015-05-26", "acknowledged"), "2015-05-25", 11, "missed"),
        ),
    ),
    Published(
        "Transport Canada: pay once the recipient is told that the requirements are met",
        days(20, "requirements_met", "paid", target_percent=80, escalation=[{"role": "programme_manager"}]),
        (
            History("Wednesday 10 June: 11-12 (2), 15-19 (7), 22-26 (12), 29-30 (14), not 1 July, 2-3 (16), 6-9 (20).",
                    (("2015-06-10", "requirements_met"),), "2015-07-03", "running", "2015-07-09", 16, 4),
            kept("The 10th of July is the 21st.",
                 ("2015-06-10", "requirements_met"), ("2015-07-10", "paid"), "2015-07-09", 21, "missed"),
        ),
    ),
    Published(
        "Transport Canada: review an application of one programme",
        days(60, "received", "reviewed", target_percent=80),
        (
            kept("Monday 5 January: 4 left that week, weeks of 12, 19, 26 January, 2 and 9 February (29), 17-20 (33), "
                 "five weeks to 27 March (58), 30-31 (60).",
                 ("2015-01-05", "received"), ("2015-03-31", "reviewed"), "2015-03-31", 60),
            kept("Monday 2 March: 4, three weeks (19), 30 March-2 April (23), not Good Friday, six weeks to 15 May "
                 "(53), "
                 "not 18, 19-22 (57), 25-27 (60). The 28th is the 61st.",
                 ("2015-03-02", "received"), ("2015-05-28", "reviewed"), "2015-05-27", 61, "missed"),
        ),
    ),
    Published(
        "Global Affairs Canada, pilot: acknowledge the same day",
        days(1, "submitted", "acknowledged", first_day="same", target_percent=100),
        (
            kept("A Tuesday is its own first day.", ("2015-03-03", "submitted"), ("2015-03-03", "acknowledged"),
                 "2015-03-03", 1),
            kept("Saturday 7 March is no working day: Monday the 9th is the first.",
                 ("2015-03-07", "submitted"), ("2015-03-10", "acknowledged"), "2015-03-09", 2, "missed"),
        ),
    ),
    Published(
        "Global Affairs Canada, pilot: tell the applicant once the final decision is made",
        days(10, "decided", "told", target_percent=90),
        (
            kept("Monday 2 March to Tuesday 10: 3-6 (4), 9-10 (6).",
                 ("2015-03-02", "decided"), ("2015-03-10", "told"), "2015-03-16", 6),
            History("Two working days after the 16th.", (("2015-03-02", "decided"),), "2015-03-18", "running",
                    "2015-03-16", 12, -2),
        ),
    ),
    Published(
        "Global Affairs Canada, pilot: pay after receipt and approval of the documents",
        days(30, ["documents_received", "documents_approved"], "paid", start_pick="all", target_percent=90),
        (
            History("Received only: nothing is approved, so nothing is counted.",
                    (("2015-03-02", "documents_received"),), "2015-03-20", "not_started"),
            History("From the later of the two, Monday 9 March: 10-13 (4), 16-20 (9), 23-27 (14), 30-2 April (18), "
                    "not the 3rd, 6-10 (23), 13-17 (28), 20-21 (30).",
                    (("2015-03-02", "documents_received"), ("2015-03-09", "documents_approved")), "2015-03-10",
                    "running", "2015-04-21", 1, 29),
            History("The other way round it is the same day.",
                    (("2015-03-02", "documents_approved"), ("2015-03-09", "documents_received")), "2015-03-10",
                    "running", "2015-04-21", 1, 29),
        ),
    ),
    Published(
        "Environment Canada: acknowledge after the deadline of applications",
        days(5, "call_closed", "acknowledged", target_percent=100),
        (
            kept("Friday 13 February: not 16, 17-20 (4), 23 (5).",
                 ("2015-02-13", "call_closed"), ("2015-02-23", "acknowledged"), "2015-02-23", 5),
            History("An early application does not start it.", (("2015-02-02", "submitted"),), "2015-02-10",
                    "not_started"),
        ),
    ),
    Published(
        "Environment Canada: decision letter",
        days(5, "decided", "letter_sent", target_percent=100),
        (
            kept("Thursday 2 April: not Good Friday, 6-10 (5).",
                 ("2015-04-02", "decided"), ("2015-04-10", "letter_sent"), "2015-04-10", 5),
            kept("Monday the 13th is the 6th.",
                 ("2015-04-02", "decided"), ("2015-04-13", "letter_sent"), "2015-04-10", 6, "missed"),
        ),
    ),
    Published(
        "Environment Canada: agreement for signature after successful negotiation",
        days(15, "negotiated", "agreement_sent", target_percent=100),
        (
            kept("Monday 31 August: 1-4 (4), not 7, 8-11 (8), 14-18 (13), 21-22 (15).",
                 ("2015-08-31", "negotiated"), ("2015-09-18", "agreement_sent"), "2015-09-22", 13),
            kept("The 23rd is the 16th.",
                 ("2015-08-31", "negotiated"), ("2015-09-23", "agreement_sent"), "2015-09-22", 16, "missed"),
        ),
    ),
    Published(
        "Canadian Heritage, 2012: acknowledge in 15 days",
        days(15, "received", "acknowledged", "calendar_days", target_percent=51),
        (
            kept("20 February 2012 and 15 days: 9 to the 29th, 6 in March.",
                 ("2012-02-20", "received"), ("2012-03-06", "acknowledged"), "2012-03-06", 15),
            kept("A day later.", ("2012-02-20", "received"), ("2012-03-07", "acknowledged"), "2012-03-06", 16,
                 "missed"),
        ),
    ),
    Published(
        "Canadian Heritage, 2012: decide 26 weeks after the programme's deadline",
        days(26, "call_closed", "decided", "weeks", target_percent=51),
        (
            kept("Friday 13 January 2012: 18 + 29 + 31 + 30 + 31 + 30 = 169 days to the end of June, 13 more = 182.",
                 ("2012-01-13", "call_closed"), ("2012-07-13", "decided"), "2012-07-13", 182),
            History("On 29 June 14 days are left.", (("2012-01-13", "call_closed"),), "2012-06-29", "running",
                    "2012-07-13", 168, 14),
        ),
    ),
    Published(
        "Canadian Heritage, 2012: pay 28 days after the requirements are met",
        days(28, "requirements_met", "paid", "calendar_days", target_percent=51),
        (
            kept("5 March and 28 days: 26 to the 31st, 2 in April.",
                 ("2012-03-05", "requirements_met"), ("2012-04-02", "paid"), "2012-04-02", 28),
            kept("A day later.", ("2012-03-05", "requirements_met"), ("2012-04-03", "paid"), "2012-04-02", 29,
                 "missed"),
        ),
    ),
    Published(
        "Canadian Heritage, 2015: acknowledge in two weeks",
        days(2, "received", "acknowledged", "weeks", target_percent=80),
        (
            kept("A Monday two weeks on.", ("2015-03-02", "received"), ("2015-03-16", "acknowledged"), "2015-03-16",
                 14),
            History("On the Friday before, three days are left.", (("2015-03-02", "received"),), "2015-03-13",
                    "running", "2015-03-16", 11, 3),
        ),
    ),
    Published(
        "Canadian Heritage, 2015: first payment in four weeks; approval before 31 March counts from 1 April",
        days(
            4,
            [
                {"kind": "notified", "where": {"award": "grant"}},
                {"kind": "conditions_met", "where": {"award": "contribution"}},
            ],
            "paid",
            "weeks",
            start_shift=[{"until": "03-31", "counts_from": "04-01", "where": {"next_year": True}}],
            target_percent=80,
        ),
        (
            History("A grant for the next year, notified 10 February: from 1 April, to 29 April.",
                    (("2015-02-10", "notified", {"award": "grant", "next_year": True}),), "2015-04-08", "running",
                    "2015-04-29", 7, 21),
            History("A contribution starts with its conditions: Monday 4 May to Monday 1 June.",
                    (("2015-02-10", "notified", {"award": "contribution"}),
                     ("2015-05-04", "conditions_met", {"award": "contribution"}),
                     ("2015-06-02", "paid")), "2015-06-02", "missed", "2015-06-01", 29),
        ),
    ),
    Published(
        "Canadian Heritage: decision in 8 weeks, the shortest of its programmes",
        days(8, "call_closed", "decided", "weeks", applies={"programmes": ["arts_presentation"]}),
        (
            kept("2 March: 29 days left, 27 in April = 56.",
                 ("2015-03-02", "call_closed"), ("2015-04-27", "decided"), "2015-04-27", 56),
            kept("A day later.", ("2015-03-02", "call_closed"), ("2015-04-28", "decided"), "2015-04-27", 57, "missed"),
        ),
    ),
    Published(
        "Canadian Heritage: decision in 30 weeks, the longest of its programmes",
        days(30, "call_closed", "decided", "weeks", applies={"programmes": ["cultural_spaces"]}),
        (
            kept("2 March: 29 + 30 + 31 + 30 + 31 + 31 = 182 to the end of August, 28 more = 210.",
                 ("2015-03-02", "call_closed"), ("2015-09-28", "decided"), "2015-09-28", 210),
            History("Withdrawn in June: not judged.", (("2015-03-02", "call_closed"),), "2015-06-01", "running",
                    "2015-09-28", 91, 119),
        ),
    ),
    Published(
        "Public Safety Canada: decide 30 weeks after the complete application",
        days(30, "found_complete", "decided", "weeks"),
        (
            History("Received, not complete.", (("2015-02-02", "received"),), "2015-03-01", "not_started"),
            kept("As above, from the day it was complete.",
                 ("2015-03-02", "found_complete"), ("2015-09-29", "decided"), "2015-09-28", 211, "missed"),
        ),
    ),
    Published(
        "Public Safety Canada: pay 30 business days after all documents",
        days(30, "documents_complete", "paid"),
        (
            kept("Monday 9 March, as worked above: 21 April.",
                 ("2015-03-09", "documents_complete"), ("2015-04-21", "paid"), "2015-04-21", 30),
            History("On the due day itself none is left.", (("2015-03-09", "documents_complete"),), "2015-04-21",
                    "running", "2015-04-21", 30, 0),
        ),
    ),
    Published(
        "Public Safety Canada, 2014-15: acknowledge in 15 business days",
        days(15, "received", "acknowledged"),
        (
            kept("Monday 2 March: 3-6 (4), 9-13 (9), 16-20 (14), 23 (15).",
                 ("2015-03-02", "received"), ("2015-03-23", "acknowledged"), "2015-03-23", 15),
            History("The due day is over when the local day is.", (("2015-03-02", "received"),),
                    "2015-03-24T00:00:01", "running", "2015-03-23", 16, -1),
        ),
    ),
    Published(
        "Public Safety Canada, 2014-15: decide in 52 weeks",
        days(52, "found_complete", "decided", "weeks"),
        (
            kept("364 days after 2 March 2015 is the day before 1 March 2016: 29 February.",
                 ("2015-03-02", "found_complete"), ("2016-02-29", "decided"), "2016-02-29", 364),
            kept("A day later.", ("2015-03-02", "found_complete"), ("2016-03-01", "decided"), "2016-02-29", 365,
                 "missed"),
        ),
    ),
    Published(
        "Public Health Agency of Canada: acknowledge in writing",
        days(10, "received", "acknowledged", target_percent=80),
        (
            kept("Monday 29 June: 30 (1), not 1 July, 2-3 (3), 6-10 (8), 13-14 (10).",
                 ("2015-06-29", "received"), ("2015-07-14", "acknowledged"), "2015-07-14", 10),
            History("No application, no clock.", (), "2015-07-14", "not_started"),
        ),
    ),
    Published(
        "Justice Canada: acknowledge in 7 days",
        days(7, "received", "acknowledged", "calendar_days"),
        (
            kept("Friday to Friday.", ("2013-03-01", "received"), ("2013-03-08", "acknowledged"), "2013-03-08", 7),
            kept("Saturday the 9th is late: days run on at weekends.",
                 ("2013-03-01", "received"), ("2013-03-09", "acknowledged"), "2013-03-08", 8, "missed"),
        ),
    ),
    Published(
        "Justice Canada: decide 120 days after the completed proposal",
        days(120, "found_complete", "decided", "calendar_days"),
        (
            kept("1 February 2013: 27 + 31 + 30 + 31 = 119 to the end of May, 1 June = 120.",
                 ("2013-02-01", "found_complete"), ("2013-06-01", "decided"), "2013-06-01", 120),
            kept("The next day.", ("2013-02-01", "found_complete"), ("2013-06-02", "decided"), "2013-06-01", 121,
                 "missed"),
        ),
    ),
    Published(
        "Justice Canada: pay in 28 days, without the time in which others issue and mail the cheque",
        days(28, "requirements_met", "paid", "calendar_days",
             pauses=[{"from": "cheque_requested", "to": "cheque_issued"}]),
        (
            History("1 March and 28 days = 29 March; 10 to 15 March do not count: 5 days more.",
                    (("2013-03-01", "requirements_met"), ("2013-03-10", "cheque_requested"),
                     ("2013-03-15", "cheque_issued"), ("2013-04-03", "paid")), "2013-04-03", "met", "2013-04-03", 28),
            History("While the cheque is elsewhere nothing is counted: 9 days so far, 19 left.",
                    (("2013-03-01", "requirements_met"), ("2013-03-10", "cheque_requested")), "2013-04-20", "paused",
                    None, 9, 19),
        ),
    ),
    Published(
        "Western Economic Diversification: contact the client after the review",
        days(12, "reviewed", "contacted"),
        (
            kept("Monday 2 March: 3-6 (4), 9-13 (9), 16-18 (12).",
                 ("2015-03-02", "reviewed"), ("2015-03-18", "contacted"), "2015-03-18", 12),
            kept("The 19th is the 13th.",
                 ("2015-03-02", "reviewed"), ("2015-03-19", "contacted"), "2015-03-18", 13, "missed"),
        ),
    ),
    Published(
        "Western Economic Diversification: decide after the complete proposal",
        days(90, "found_complete", "decided"),
        (
            kept("60 lead to 27 May (see above); 28-29 (62), four weeks of June (82), 29-30 (84), not 1 July, "
                 "2-3 (86), 6-9 (90).",
                 ("2015-03-02", "found_complete"), ("2015-07-09", "decided"), "2015-07-09", 90),
            kept("Missed in an election period: the promise stands, the reason is told apart. 10 July (91), four weeks "
                 "to 7 August (111; the civic holiday of 3 August is no statutory one).",
                 ("2015-03-02", "found_complete"), ("2015-08-07", "decided"), "2015-07-09", 111, "missed"),
        ),
    ),
    Published(
        "Western Economic Diversification: claims package after acceptance",
        days(10, "accepted", "package_sent"),
        (
            kept("Monday 2 March to the 16th.",
                 ("2015-03-02", "accepted"), ("2015-03-13", "package_sent"), "2015-03-16", 9),
            History("Nothing is left on the day itself.", (("2015-03-02", "accepted"),), "2015-03-16", "running",
                    "2015-03-16", 10, 0),
        ),
    ),
    Published(
        "Western Economic Diversification: pay a claim, one clock for each",
        days(15, "claim_received", "claim_paid", per="subject"),
        (
            History("The first: Monday 2 March to the 23rd.",
                    (("2015-03-02", "claim_received", {"subject": "claim-1"}),
                     ("2015-03-09", "claim_received", {"subject": "claim-2"}),
                     ("2015-03-20", "claim_paid", {"subject": "claim-1"})), "2015-03-20", "met", "2015-03-23", 14,
                    subject="claim-1"),
            History("The second: Monday 9 March: 4, 16-20 (9), 23-27 (14), 30 (15).",
                    (("2015-03-02", "claim_received", {"subject": "claim-1"}),
                     ("2015-03-09", "claim_received", {"subject": "claim-2"}),
                     ("2015-03-20", "claim_paid", {"subject": "claim-1"})), "2015-03-20", "running", "2015-03-30", 9, 6,
                    subject="claim-2"),
        ),
    ),
    Published(
        "Parks Canada: eligibility in 30 business days after the signed and complete form",
        days(30, "form_complete", "eligibility_told"),
        (
            kept("Monday 9 March to 21 April, as above.",
                 ("2015-03-09", "form_complete"), ("2015-04-21", "eligibility_told"), "2015-04-21", 30),
            History("Not complete.", (("2015-03-02", "received"),), "2015-03-09", "not_started"),
        ),
    ),
    Published(
        "Parks Canada: decide in six months after the deadline, or tell the applicant of the extra time",
        days(6, "call_closed", ["decided", "extra_time_told"], "months"),
        (
            kept("31 January and six months: 31 July; told the day before. 28 + 31 + 30 + 31 + 30 + 30 = 180.",
                 ("2015-01-31", "call_closed"), ("2015-07-30", "extra_time_told"), "2015-07-31", 180),
            kept("31 August and six months: February has 28 days. 30 + 31 + 30 + 31 + 31 + 28 = 181, and one.",
                 ("2014-08-31", "call_closed"), ("2015-03-01", "decided"), "2015-02-28", 182, "missed"),
        ),
    ),
    Published(
        "Parks Canada: agreement 120 days after the conditional notice",
        days(120, "notified", "agreement_sent", "calendar_days"),
        (
            kept("1 March: 30 + 30 + 31 = 91 to the end of May, 29 more.",
                 ("2015-03-01", "notified"), ("2015-06-29", "agreement_sent"), "2015-06-29", 120),
            kept("A day later.", ("2015-03-01", "notified"), ("2015-06-30", "agreement_sent"), "2015-06-29", 121,
                 "missed"),
        ),
    ),
    Published(
        "Library and Archives Canada: acknowledge in 5 days",
        days(5, "received", "acknowledged", "calendar_days"),
        (
            kept("Friday to Wednesday.", ("2015-10-16", "received"), ("2015-10-21", "acknowledged"), "2015-10-21", 5),
            kept("Thursday is late.", ("2015-10-16", "received"), ("2015-10-22", "acknowledged"), "2015-10-21", 6,
                 "missed"),
        ),
    ),
    Published(
        "Library and Archives Canada: decide 13 weeks after the deadline",
        days(13, "call_closed", "decided", "weeks"),
        (
            kept("21 October: 10 + 30 + 31 = 71 to the end of the year, 20 more = 91.",
                 ("2015-10-21", "call_closed"), ("2016-01-20", "decided"), "2016-01-20", 91),
            kept("36 of 122 were in time; one of the others.",
                 ("2015-10-21", "call_closed"), ("2016-02-01", "decided"), "2016-01-20", 103, "missed"),
        ),
    ),
    Published(
        "Agriculture Canada, clean technology: acknowledge in two business days",
        days(2, "submitted", "acknowledged"),
        (
            kept("Friday 3 July: 6, 7.", ("2015-07-03", "submitted"), ("2015-07-07", "acknowledged"), "2015-07-07", 2),
            kept("Tuesday 30 June: not 1 July; 2, 3. The 6th is the third.",
                 ("2015-06-30", "submitted"), ("2015-07-06", "acknowledged"), "2015-07-03", 3, "missed"),
        ),
    ),
    Published(
        "Agriculture Canada, clean technology: decide 100 business days after the complete package",
        days(100, "found_complete", "decided"),
        (
            kept("90 lead to 9 July (see above): 10 (91), 13-17 (96), 20-23 (100).",
                 ("2015-03-02", "found_complete"), ("2015-07-23", "decided"), "2015-07-23", 100),
            History("An incomplete package: nothing is promised yet.", (("2015-03-02", "submitted"),), "2015-07-23",
                    "not_started"),
        ),
    ),
    Published(
        "Agriculture Canada: the applicant supplies what is missing in 15 business days, then the file is closed",
        days(15, "returned", "resubmitted", side="applicant", cap={"amount": 15}),
        (
            kept("Monday 2 March to the 23rd; Friday the 20th is the 14th.",
                 ("2015-03-02", "returned"), ("2015-03-20", "resubmitted"), "2015-03-23", 14),
            History("Closed with the end of the 23rd; what comes on the 24th comes too late.",
                    (("2015-03-02", "returned"), ("2015-03-24", "resubmitted")), "2015-03-25", "missed", "2015-03-23",
                    15),
        ),
    ),
    Published(
        "Agriculture Canada, dairy: answer an enquiry the next business day",
        days(1, "asked", "answered", target_percent=80),
        (
            kept("Friday 15 May: Monday is Victoria Day, Tuesday is the next business day.",
                 ("2015-05-15", "asked"), ("2015-05-19", "answered"), "2015-05-19", 1),
            kept("A Monday; answered on Wednesday.",
                 ("2015-05-25", "asked"), ("2015-05-27", "answered"), "2015-05-26", 2, "missed"),
        ),
    ),
    Published(
        "Agriculture Canada, dairy: pay 30 business days after a documented claim",
        days(30, "claim_received", "paid", pauses=[{"from": "claim_queried", "to": "claim_answered"}]),
        (
            kept("Monday 9 March to 21 April.",
                 ("2015-03-09", "claim_received"), ("2015-04-21", "paid"), "2015-04-21", 30),
            History("Queried on Tuesday 17, answered on Friday 20 March: 18, 19 and 20 do not count, so 22-24 April.",
                    (("2015-03-09", "claim_received"), ("2015-03-17", "claim_queried"),
                     ("2015-03-20", "claim_answered")), "2015-03-23", "running", "2015-04-24", 7, 23),
        ),
    ),
    Published(
        "Natural Resources Canada: completeness in three business days",
        days(3, "received", "completeness_told", target_percent=80),
        (
            kept("Thursday 2 April: not the 3rd; 6, 7, 8.",
                 ("2015-04-02", "received"), ("2015-04-08", "completeness_told"), "2015-04-08", 3),
            kept("The 9th is the fourth.",
                 ("2015-04-02", "received"), ("2015-04-09", "completeness_told"), "2015-04-08", 4, "missed"),
        ),
    ),
    Published(
        "Natural Resources Canada: decide 100 days after the deadline of the request",
        days(100, "call_closed", "decided", "calendar_days", target_percent=80),
        (
            kept("4 February 2020: 25 + 31 + 30 = 86 to the end of April, 14 more.",
                 ("2020-02-04", "call_closed"), ("2020-05-14", "decided"), "2020-05-14", 100),
            kept("A day later.", ("2020-02-04", "call_closed"), ("2020-05-15", "decided"), "2020-05-14", 101, "missed"),
        ),
    ),
    Published(
        "Engineering and Physical Sciences Research Council: outcome in 26 weeks, four in five within 20",
        days(26, "received", "decided", "weeks", tiers=[{"percent": 80, "amount": 20}], target_percent=100),
        (
            History("Monday 3 January 2011: 20 weeks to 23 May, 26 to 4 July; decided on Friday 20 May: 137 days.",
                    (("2011-01-03", "received"), ("2011-05-20", "decided")), "2011-05-20", "met", "2011-07-04", 137,
                    tiers=(True,)),
            History("On 1 June: within the 26 weeks, not within the 20.",
                    (("2011-01-03", "received"), ("2011-06-01", "decided")), "2011-06-01", "met", "2011-07-04", 149,
                    tiers=(False,)),
        ),
        LONDON,
    ),
    Published(
        "Engineering and Physical Sciences Research Council: a reviewer replies in three weeks",
        days(3, "review_asked", "review_filed", "weeks", per="subject", side="evaluator"),
        (
            History("The first was asked on 10 January: 31 January.",
                    (("2011-01-10", "review_asked", {"subject": "reviewer-1"}),
                     ("2011-01-12", "review_asked", {"subject": "reviewer-2"}),
                     ("2011-02-01", "review_filed", {"subject": "reviewer-1"})), "2011-02-01", "missed", "2011-01-31",
                    22, subject="reviewer-1"),
            History("The second on the 12th: 2 February; another's reply does not stop it.",
                    (("2011-01-10", "review_asked", {"subject": "reviewer-1"}),
                     ("2011-01-12", "review_asked", {"subject": "reviewer-2"}),
                     ("2011-02-01", "review_filed", {"subject": "reviewer-1"})), "2011-02-01", "running", "2011-02-02",
                    20, 1, subject="reviewer-2"),
        ),
        LONDON,
    ),
    Published(
        "Economic and Social Research Council: half decided in five months, three quarters in six",
        days(6, "received", "decided", "months", tiers=[{"percent": 50, "amount": 5}], target_percent=75),
        (
            History("31 March: five months to 31 August, six to 30 September. Decided on 15 September: 30 + 31 + 30 + "
                    "31 + 31 + 15 = 168 days.",
                    (("2011-03-31", "received"), ("2011-09-15", "decided")), "2011-09-15", "met", "2011-09-30", 168,
                    tiers=(False,)),
            History("In July both are open.", (("2011-03-31", "received"),), "2011-07-01", "running", "2011-09-30", 92,
                    91, (None,)),
        ),
        LONDON,
    ),
    Published(
        "Global Environment Facility: the Secretariat reviews the draft final document",
        days(10, "draft_received", "reviewed"),
        (
            kept("Wednesday 1 July 2009: 2 (1), not 3 (Independence Day observed), 6-10 (6), 13-16 (10).",
                 ("2009-07-01", "draft_received"), ("2009-07-16", "reviewed"), "2009-07-16", 10),
            kept("The 17th is the 11th.",
                 ("2009-07-01", "draft_received"), ("2009-07-17", "reviewed"), "2009-07-16", 11, "missed"),
        ),
        WASHINGTON,
    ),
    Published(
        "Global Environment Facility: the Council comments within four weeks of circulation",
        days(4, "circulated", "comments_closed", "weeks", side="member"),
        (
            kept("Tuesday to Tuesday.",
                 ("2009-06-02", "circulated"), ("2009-06-30", "comments_closed"), "2009-06-30", 28),
            History("A week before.", (("2009-06-02", "circulated"),), "2009-06-23", "running", "2009-06-30", 21, 7),
        ),
        WASHINGTON,
    ),
    Published(
        "Global Environment Facility: full project 18 months after the concept, else cancelled; extensions of 2020",
        days(18, "concept_approved", "full_project_filed", "months", side="applicant", cap={"amount": 18},
             allowances=[{"on": "extended", "amount_from": "months", "unit": "months"}]),
        (
            History("31 January 2019 and 18 months: 31 July 2020; 3 more: 31 October; 6 more: 30 April.",
                    (("2019-01-31", "concept_approved"), ("2020-03-23", "extended", {"months": 3}),
                     ("2020-09-01", "extended", {"months": 6})), "2021-04-30", "running", "2021-04-30", 820, 0),
            History("Without an extension it is cancelled with 31 July 2020: 334 days of 2019 and 213 of 2020.",
                    (("2019-01-31", "concept_approved"), ("2020-08-03", "full_project_filed")), "2020-08-03", "missed",
                    "2020-07-31", 547),
        ),
        WASHINGTON,
    ),
    Published(
        "Green Climate Fund: concept notes in 30 days; over 12 pages not within the standard",
        days(30, "submitted", "reviewed", "calendar_days",
             lose=[{"kind": "submitted", "where": {"over_length": True}}]),
        (
            kept("1 March and 30 days.", ("2020-03-01", "submitted"), ("2020-03-31", "reviewed"), "2020-03-31", 30),
            History("Thirteen pages: nothing is promised.",
                    (("2020-03-01", "submitted", {"over_length": True}),), "2020-05-01", "lost", None, 61),
        ),
    ),
    Published(
        "New Zealand, Resource Management Act s. 91A-C: suspended on request, for 130 working days at most",
        days(20, "accepted", "decided",
             pauses=[{"from": "suspension_asked", "to": "resumption_asked",
                      "at_most": {"amount": 130, "unit": "business_days"}}]),
        (
            History("Monday 4 May 2015: 5-8 (4), suspended on Friday the 8th, resumed on Wednesday 13: 11-13 do not "
                    "count. 14-15 (6), 18-22 (11), 25-29 (16), not Monday 1 June (Queen's Birthday), 2-5 (20).",
                    (("2015-05-04", "accepted"), ("2015-05-08", "suspension_asked"),
                     ("2015-05-13", "resumption_asked")), "2015-05-14", "running", "2015-06-05", 5, 15),
            History("Nobody asks to resume: from 8 May, May has 15 working days left (11-29), June 21 (36), July 23 "
                    "(59), August 21 (80), September 22 (102), October 21 without Labour Day on the 26th (123), "
                    "2-6 November (128), 9-10 (130). From the 11th it goes on: 16 days: 11-13 (3), 16-20 (8), "
                    "23-27 (13), 30 to 2 December (16).",
                    (("2015-05-04", "accepted"), ("2015-05-08", "suspension_asked")), "2015-11-11", "running",
                    "2015-12-02", 5, 15),
            History("The day before it still stands still.",
                    (("2015-05-04", "accepted"), ("2015-05-08", "suspension_asked")), "2015-11-10", "paused", None, 4,
                    16),
        ),
        WELLINGTON,
    ),
    Published(
        "United States, premium processing: 15 days, and the whole time anew when the reply arrives",
        days(15, "received", "decided", "calendar_days", pauses=[{"from": "evidence_asked", "to": "evidence_sent"}],
             restart="evidence_sent"),
        (
            kept("2 March to the 17th.", ("2015-03-02", "received"), ("2015-03-17", "decided"), "2015-03-17", 15),
            History("Asked on the 10th, answered on the 20th: 15 days from then, 11 in March and 4 in April.",
                    (("2015-03-02", "received"), ("2015-03-10", "evidence_asked"), ("2015-03-20", "evidence_sent")),
                    "2015-03-25", "running", "2015-04-04", 5, 10),
        ),
        WASHINGTON,
    ),
    Published(
        "12 CFR 1254.3: the day after is the first; a last day on a Saturday, Sunday or holiday runs on",
        days(30, "published", "answered", "calendar_days", roll_forward=True),
        (
            kept("5 May 2011 and 30 days is Saturday 4 June: Monday the 6th.",
                 ("2011-05-05", "published"), ("2011-06-06", "answered"), "2011-06-06", 32),
            kept("4 June and 30 days is Monday 4 July, a holiday: the 5th. The 6th is late.",
                 ("2011-06-04", "published"), ("2011-07-06", "answered"), "2011-07-05", 32, "missed"),
        ),
        WASHINGTON,
    ),
    Published(
        "31 CFR 802.201: what arrives after 17:00 counts for the next business day",
        days(3, "received", "answered", cut_off="17:00"),
        (
            kept("Friday 1 July at 17:00:01 counts for Tuesday the 5th: 6, 7, 8.",
                 ("2011-07-01T17:00:01", "received"), ("2011-07-08T16:59", "answered"), "2011-07-08", 3),
            kept("At 17:00 it counts for Friday: 5, 6, 7; an answer on the 7th at 17:30 is late.",
                 ("2011-07-01T17:00", "received"), ("2011-07-07T17:30", "answered"), "2011-07-07", 4, "missed"),
        ),
        WASHINGTON,
    ),
)  # fmt: skip
