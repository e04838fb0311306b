"""The company's calendar: its time zone decides what "today" is."""

import calendar
import datetime

from django.utils import timezone


def today(at: datetime.datetime) -> datetime.date:
    """Return the company's date at this moment."""
    return timezone.localtime(at, timezone.get_default_timezone()).date()


def months_after(date: datetime.date, months: int) -> datetime.date:
    """Return the same day so many months later, or that month's last day."""
    years, month = divmod(date.month - 1 + months, 12)
    year, month = date.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, min(date.day, last))


def month_end(date: datetime.date) -> datetime.date:
    """Return the last day of the month."""
    return date.replace(day=calendar.monthrange(date.year, date.month)[1])


def stamp(at: datetime.datetime) -> str:
    """Return the moment with the company's offset: 2026-02-02 15:40 +08:00."""
    local = timezone.localtime(at, timezone.get_default_timezone())
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]}"
