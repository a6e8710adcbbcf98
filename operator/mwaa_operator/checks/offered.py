"""Does MWAA offer what is asked for, as far as the catalogue knows? Pure. What it does not know is for AWS to decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from ..core.catalogue import AirflowVersion, Catalogue, EnvironmentClass, version_tuple
from ..core.finding import Finding, Severity

NOTICE = timedelta(days=90)
"""How long before its end AWS announces that a version goes (guide 04, section 8)."""
FIRST_WITH_WEBSERVER_PLUGINS = FIRST_WITH_WEBSERVER_SCALING = (2, 2, 2)
FIRST_WITH_PUBLIC_AND_PRIVATE = (3, 2)


@dataclass(frozen=True)
class Present:
    """The sizes that AWS has; None where none is known."""

    size: str = ""
    min_webservers: int | None = None
    max_webservers: int | None = None
    schedulers: int | None = None


@dataclass(frozen=True)
class Asked:
    """What an environment asks for, and what it has."""

    region: str
    version: str = ""
    """As declared, else as it runs; empty when neither is known."""
    size: str = ""
    exists: bool = False
    max_workers: int | None = None
    min_webservers: int | None = None
    max_webservers: int | None = None
    schedulers: int | None = None
    access_mode: str = ""
    has_plugins: bool = False
    present: Present = Present()


def findings(asked: Asked, catalogue: Catalogue, today: date | None) -> Iterator[Finding]:
    """Name all that AWS would refuse, and all that nobody knows."""
    yield from _unknown(asked, catalogue, today)
    if asked.version in catalogue.versions and today:
        yield from _support(asked, catalogue.versions[asked.version], today)
    yield from _sizes(asked, catalogue)
    yield from _numbers_that_stay(asked, catalogue)
    yield from _version_features(asked)


def _unknown(asked: Asked, catalogue: Catalogue, today: date | None) -> Iterator[Finding]:
    where = f"the catalogue of {catalogue.as_of} does not know"
    then = "AWS decides. Where AWS has it, add it to the catalogue."
    if asked.version and asked.version not in catalogue.versions:
        offered = [name for name, each in catalogue.versions.items() if not _is_limited(each, today)]
        knows = _known_ones(asked.version, sorted(offered, key=version_tuple, reverse=True))
        text = f"{where} Airflow {asked.version}. {knows}{then}"
        yield Finding("UnknownAirflowVersion", "spec.airflowVersion", text, Severity.WARNING)
    if asked.size and asked.size not in catalogue.classes:
        text = f"{where} the class {asked.size}. {_known_ones(asked.size, [*catalogue.classes])}{then}"
        yield Finding("UnknownEnvironmentClass", "spec.environmentClass", text, Severity.WARNING)
    if asked.region not in catalogue.regions:
        text = f"{where} MWAA in {asked.region}. {_known_ones(asked.region, sorted(catalogue.regions))}{then}"
        yield Finding("UnknownRegion", "spec.region", text, Severity.WARNING)


def _known_ones(given: str, known: Sequence[str]) -> str:
    meant = "".join(f"Do you mean {each}? " for each in get_close_matches(given, known, n=1, cutoff=0.75))
    return f"{meant}It knows {', '.join(known)}. " if known else ""


def _is_limited(known: AirflowVersion, today: date | None) -> bool:
    return bool(today and known.limitedSupport and today >= known.limitedSupport)


def _support(asked: Asked, known: AirflowVersion, today: date) -> Iterator[Finding]:
    where, name = "spec.airflowVersion", f"Airflow {asked.version}"
    if not asked.exists and _is_limited(known, today):
        text = f"AWS creates nothing new with {name} since {known.limitedSupport}. Take a later version."
        yield Finding("VersionNotCreatable", where, text)
    elif known.endOfSupport and today >= known.endOfSupport:
        text = f"AWS supports {name} no more since {known.endOfSupport}, and promises nothing for it. Upgrade."
        yield Finding("EndOfSupport", where, text, Severity.WARNING)
    elif known.limitedSupport and today >= known.limitedSupport:
        end = f", and will end on {known.endOfSupport}" if known.endOfSupport else ""
        text = f"AWS's support of {name} is limited since {known.limitedSupport}{end}. Plan an upgrade."
        yield Finding("LimitedSupport", where, text, Severity.WARNING)
    elif (soon := known.limitedSupport or known.endOfSupport) and today >= soon - NOTICE:
        text = f"AWS's support of {name} gets limited on {soon}. Plan an upgrade."
        yield Finding("LimitedSupportSoon", where, text, Severity.WARNING)


def _sizes(asked: Asked, catalogue: Catalogue) -> Iterator[Finding]:
    known = catalogue.classes.get(asked.size, EnvironmentClass())
    if asked.schedulers and known.schedulers and not known.schedulers[0] <= asked.schedulers <= known.schedulers[1]:
        least, most = known.schedulers
        text = f"{asked.size} takes {least} to {most} schedulers, not {asked.schedulers}. Change the number or the class."
        yield Finding("SchedulersOutOfRange", "spec.schedulers", text)
    yield from _webservers(asked, catalogue)
    quota = catalogue.quotas.get("workers")
    if quota and asked.max_workers:
        yield from workers_above_quota("spec.maxWorkers", asked.max_workers, quota, "workers" in catalogue.declared_quotas)


def workers_above_quota(where: str, number: int, quota: int, own: bool) -> Iterator[Finding]:
    """Compare workers with a quota: `own` is the account's, which is certain; the usual one may have been raised."""
    if number > quota:
        what = "the" if own else "the usual"
        then = (
            "Ask for fewer, or have the quota raised." if own else "Have the quota raised, unless yours is higher already."
        )
        text = f"{number} are more than {what} quota of {quota} workers for one environment. {then}"
        yield Finding("WorkersAboveQuota", where, text, Severity.ERROR if own else Severity.WARNING)


def _webservers(asked: Asked, catalogue: Catalogue) -> Iterator[Finding]:
    known = catalogue.classes.get(asked.size, EnvironmentClass())
    quota = catalogue.quotas.get("webservers")
    given = {"spec.minWebservers": asked.min_webservers, "spec.maxWebservers": asked.max_webservers}
    for where, number in given.items():
        if number is None:
            continue
        if not _scales_webservers(asked.version):
            text = f"web servers have a number from Airflow 2.2.2 on, and this is {asked.version}. Leave it out, or upgrade."
            yield Finding("WebserversOutOfRange", where, text)
            continue
        least, most = known.webservers or (_fewest_webservers(asked.size, catalogue), number)
        if not least <= number <= max(least, most):
            text = f"{asked.size} takes {least} web servers{'' if least == most else ' at least'}, not {number}. Change it."
            yield Finding("WebserversOutOfRange", where, text)
        elif not known.webservers and quota:
            yield from webservers_above_quota(where, number, quota, "webservers" in catalogue.declared_quotas)


def webservers_above_quota(where: str, number: int, quota: int, own: bool) -> Iterator[Finding]:
    """Compare web servers with a quota: `own` is the account's, which is certain; the usual one may have been raised."""
    if number > quota:
        what = "the" if own else "the usual"
        then = "Ask for fewer, or have it raised." if own else "Have it raised, unless yours is higher already."
        text = f"{number} are more than {what} quota of {quota} web servers for one environment. {then}"
        yield Finding("WebserversOutOfRange", where, text, Severity.ERROR if own else Severity.WARNING)


def _scales_webservers(version: str) -> bool:
    runs = version_tuple(version)
    return not runs or runs >= FIRST_WITH_WEBSERVER_SCALING


def _fewest_webservers(size: str, catalogue: Catalogue) -> int:
    # a class that is not known may be as small as mw1.micro, which has one
    return 2 if size in catalogue.classes else 1


def _numbers_that_stay(asked: Asked, catalogue: Catalogue) -> Iterator[Finding]:
    """Look at a change of class alone: AWS keeps the numbers that are not declared, and may refuse the class for them.

    While the class stays as it is, AWS has taken the numbers that it has.
    """
    now, known = asked.present, catalogue.classes.get(asked.size, EnvironmentClass())
    if not now.size or asked.size == now.size:
        return
    stays: dict[str, tuple[int | None, int | None, tuple[int, int | None] | None]]
    stays = {"schedulers": (asked.schedulers, now.schedulers, known.schedulers)}
    if _scales_webservers(asked.version):
        limits = known.webservers or (_fewest_webservers(asked.size, catalogue), None)
        stays |= {
            "minWebservers": (asked.min_webservers, now.min_webservers, limits),
            "maxWebservers": (asked.max_webservers, now.max_webservers, limits),
        }
    unfit = {
        field: (number, limits[0] if number < limits[0] else limits[1])
        for field, (declared, number, limits) in stays.items()
        if declared is None and number and limits and (number < limits[0] or (limits[1] and number > limits[1]))
    }
    if unfit:
        has = ", ".join(f"{field} {number}" for field, (number, _) in unfit.items())
        wanted = ", ".join(f"{field}: {fit}" for field, (_, fit) in unfit.items())
        yield Finding(
            "NumbersOfOtherClass",
            "spec.environmentClass",
            f"{asked.size} does not take what AWS has from {now.size} and the spec leaves as it is: {has}. Set {wanted}, "
            "together with the class.",
        )


def _version_features(asked: Asked) -> Iterator[Finding]:
    runs = version_tuple(asked.version)
    if not runs:
        return
    if asked.access_mode == "PUBLIC_AND_PRIVATE" and runs < FIRST_WITH_PUBLIC_AND_PRIVATE:
        text = f"PUBLIC_AND_PRIVATE needs Airflow 3.2 or later, and this is {asked.version}. Take another mode, or upgrade."
        yield Finding("AccessModeNeedsVersion", "spec.webserverAccessMode", text)
    if asked.has_plugins and runs < FIRST_WITH_WEBSERVER_PLUGINS:
        text = f"the web server of Airflow {asked.version} installs no plugins and no requirements: from 2.2.2 on it does."
        yield Finding("WebserverInstallsNothing", "spec.pluginsS3Path", text, Severity.WARNING)
