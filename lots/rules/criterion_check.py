"""Check of a criterion: refuses what cannot be meant, warns of what hardly is."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from lots.rules import reported_value, rounding, scales
from lots.rules.bounds import bounds_of
from lots.rules.criterion import (
    ALERTS,
    MOST_DECIMALS,
    SIGNS,
    Criterion,
    CriterionKind,
    NotACriterion,
    judged_by,
    limit,
    plain,
    words,
)
from lots.rules.refusal import Refusal
from lots.rules.reported_value import Kind

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
# Before and behind a limit in the wording: what makes another number of it. A dash
# behind a number is that of a range, elsewhere it is a minus.
_TIMES = "[x*\N{MULTIPLICATION SIGN}\N{MIDDLE DOT}]"
_MINUS = "[-\N{MINUS SIGN}]"
_NOT_BEFORE = (
    rf"(?<![0-9.^])(?<![0-9],)(?<!^{_MINUS})(?<![\s(]{_MINUS})"
    rf"(?<!{_TIMES})(?<!{_TIMES} )"
)
_NOT_BEHIND = rf"(?![0-9^]|[.,][0-9]|[eE][-+]?[0-9]| ?{_TIMES} ?10\^)"
_NO_THOUSANDS = r"(?! [0-9]{3}(?![0-9.]))"
# What a wording says directly before a limit: its side, and whether it is strict.
_SAID = {
    (True, False): r"NMT|not more than|at most|max(?:imum|\.)|\u2264",
    (False, False): r"NLT|not less than|at least|min(?:imum|\.)|\u2265",
    (True, True): r"(?<!not )less than|<",
    (False, True): r"(?<!not )(?:more|greater) than|>",
}
_NONE = re.compile(r"\b(?:not|no|none|nil|never|absent|absence)\b", re.I)

_BLANK = {
    "low": "The criterion needs a lower limit; type one such as 98.0.",
    "high": "The criterion needs an upper limit; type one such as 0.20.",
    "choices": "The criterion needs a permitted result; choose at least one.",
    "portion": "The criterion needs the portion; type one such as 1 g.",
}


def check(
    criterion: Criterion, *, vocabulary: Sequence[str] = ()
) -> tuple[Refusal, ...]:
    """Refuse, at the field, a criterion that cannot be meant; return warnings.

    A warning is a refusal that refuses nothing: an approver should look twice.
    `vocabulary` is that of the criterion's test.
    """
    kind = criterion.kind
    for field in (*_BLANK, *ALERTS):
        given = getattr(criterion, field)
        if field in kind.needs and not given:
            raise NotACriterion("blank", _BLANK[field], field=field)
        if given and field not in (*kind.needs, *kind.may_have):
            raise NotACriterion(
                "not-used",
                "A criterion of this kind does not use this field; leave it blank.",
                field=field,
            )
    _check_decimals(criterion)
    if criterion.kind is CriterionKind.CHOICE:
        return _check_choices(criterion, vocabulary)
    if criterion.kind is CriterionKind.SCALE:
        _check_scale(criterion, vocabulary)
    if criterion.kind is CriterionKind.ABSENCE:
        with reported_value.at_field("portion"):
            reported_value.parse_portion(criterion.portion)
    _check_signs(criterion)
    return (
        *_check_limits(criterion),
        *_check_alerts(criterion),
        *_check_wording(criterion),
    )


def fits(
    kind: CriterionKind,
    *,
    vocabulary: Sequence[str],
    portion: str,
    is_text: bool = False,
) -> bool:
    """Say whether results of a test could ever answer a criterion of this kind.

    `vocabulary` and `portion` are those of the test, blank where it has numbers;
    `is_text` says that its results are free text.
    """
    match kind:
        case CriterionKind.REPORT:
            return True
        case CriterionKind.ABSENCE:
            return bool(portion)
        case CriterionKind.SCALE:
            return scales.are_grades(vocabulary) and not portion
        case CriterionKind.CHOICE:
            return bool(vocabulary) and not portion
    return not vocabulary and not portion and not is_text


def can_fail(criterion: Criterion, *, vocabulary: Sequence[str]) -> bool:
    """Say whether a result of the test can fail the criterion: else it only reports."""
    match criterion.kind:
        case CriterionKind.REPORT:
            return False
        case CriterionKind.CHOICE:
            permitted = set(map(reported_value.folded, criterion.choices))
            return not permitted.issuperset(map(reported_value.folded, vocabulary))
        case CriterionKind.SCALE:
            limit_of_it = scales.grade(criterion.high)
            grades = map(scales.grade, vocabulary)
            return not all(scales.is_within(one, limit_of_it) for one in grades)
    return True


def _check_decimals(criterion: Criterion) -> None:
    if criterion.decimals is None:
        return
    if "decimals" not in criterion.kind.may_have:
        raise NotACriterion(
            "not-used",
            "A criterion of this kind does not use this field; leave it blank.",
            field="decimals",
        )
    if not 0 <= criterion.decimals <= MOST_DECIMALS:
        raise NotACriterion(
            "decimals",
            "A result is reported with 0 to %(most)s decimals; correct the number, or"
            " leave it blank for those of the limit.",
            field="decimals",
            most=MOST_DECIMALS,
        )


def _check_signs(criterion: Criterion) -> None:
    """Refuse a nought with a sign: there is only one, and no result is below it."""
    for field in (*criterion.kind.limits, *ALERTS):
        text = getattr(criterion, field)
        if text.startswith(SIGNS) and limit(criterion, field) == 0:
            raise NotACriterion(
                "signed-nought",
                "Nought has no sign: type %(plain)s instead of %(text)s.",
                field=field,
                plain=text[1:],
                text=text,
            )


def _check_wording(criterion: Criterion) -> tuple[Refusal, ...]:
    """Refuse wording that lacks what is judged by, or says the other side of it.

    Warn of a number that nothing is judged by.
    """
    if not criterion.wording:
        return ()
    for text in judged_by(criterion):
        if not states(criterion.wording, text):
            raise NotACriterion(
                "wording",
                "The printed wording does not say %(text)s, by which results are"
                " evaluated; write it as %(words)s does, or leave the wording blank.",
                field="wording",
                text=text,
                words=words(replace(criterion, wording="")),
            )
    if said := _present(criterion) or _another_side(criterion):
        raise NotACriterion(
            "wording-side",
            "The printed wording says %(said)s, but results are evaluated by"
            " %(words)s; choose the kind that is meant, or correct the wording.",
            field="wording",
            said=said,
            words=words(replace(criterion, wording="")),
        )
    left = plain(criterion.wording)
    known = judged_by(criterion)
    if criterion.kind is CriterionKind.COUNT:
        known = (*known, str(limit(criterion, "high")))
    for text in known:
        left = left.replace(text, " ")
    return tuple(
        Refusal(
            "wording-number",
            "The printed wording has the number %(number)s, by which no result is"
            " evaluated.",
            number=number,
        )
        for number in dict.fromkeys(_NUMBER.findall(left))
    )


def states(wording: str, text: str) -> bool:
    """Say whether the wording has a limit, grade or portion, and as the same number.

    `20` is not in "0,20", "-20", "20 000" or "5 x 20", `10` not in 10³, `Y6` not in
    "BY6". Stricter than `says`, by which what was approved is printed as it was.
    """
    return bool(re.search(_whole(text), plain(wording)))


def _whole(text: str) -> str:
    """Return the pattern of a text that is no part of another number or word."""
    if text[0].isalpha():
        return rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])"
    before = _NOT_BEFORE if text[0].isdigit() else ""
    behind = _NOT_BEHIND if text[-1].isdigit() else r"(?![0-9A-Za-z])"
    if text.isdigit():
        behind += _NO_THOUSANDS
    return before + re.escape(text) + behind


def _present(criterion: Criterion) -> str:
    """Return that the wording of an absence says present; blank where it does not.

    Only before the portion itself, and not where the wording says not or none too.
    """
    if criterion.kind is not CriterionKind.ABSENCE or _NONE.search(criterion.wording):
        return ""
    pattern = rf"\b(?:present|detected|positive) (?:in )?{_whole(criterion.portion)}"
    found = re.search(pattern, plain(criterion.wording), re.I)
    return found[0] if found else ""


def _another_side(criterion: Criterion) -> str:
    """Return what the wording says before a limit and its kind does not mean.

    A count and a limit test may be "less than": no strict kind is for them.
    """
    has_strict = criterion.kind not in (CriterionKind.COUNT, CriterionKind.LIMIT)
    for field in criterion.kind.limits:
        own = (field == "high", criterion.kind.is_strict)
        for side, said in _SAID.items():
            if side == own or (side == (own[0], True) and not has_strict):
                continue
            pattern = rf"({said}) ?(?:{_whole(getattr(criterion, field))})"
            if found := re.search(pattern, plain(criterion.wording), re.I):
                return found[0]
    return ""


def _check_choices(
    criterion: Criterion, vocabulary: Sequence[str]
) -> tuple[Refusal, ...]:
    known = {reported_value.folded(word) for word in vocabulary}
    accepted = [reported_value.folded(choice) for choice in criterion.choices]
    for choice in criterion.choices:
        if reported_value.folded(choice) not in known:
            raise NotACriterion(
                "vocabulary",
                "The test cannot have the result %(choice)s; choose from: %(words)s.",
                field="choices",
                choice=choice or "(blank)",
                words="; ".join(vocabulary) or "(none)",
            )
    if len(set(accepted)) < len(accepted):
        raise NotACriterion(
            "twice", "A permitted result is there twice; remove one.", field="choices"
        )
    if set(accepted) == known:
        return (
            Refusal(
                "all-permitted",
                "Every result that the test can have is permitted, so no result can"
                " fail.",
            ),
        )
    return ()


def _check_limits(criterion: Criterion) -> tuple[Refusal, ...]:
    warnings: list[Refusal] = []
    bounds = [limit(criterion, field) for field in criterion.kind.limits]
    if criterion.kind.is_strict:
        warnings.append(_warned_of_rounding(criterion))
    if len(bounds) == 2:
        low, high = bounds
        if low > high:
            raise NotACriterion(
                "order",
                "The lower limit %(low)s is above the upper limit %(high)s; exchange"
                " them.",
                field="low",
                low=criterion.low,
                high=criterion.high,
            )
        if low == high:
            warnings.append(
                Refusal(
                    "one-number",
                    "Both limits are the same number, so only that number passes.",
                )
            )
        if low == 0:
            warnings.append(
                Refusal(
                    "from-zero",
                    "A lower limit of 0 leaves a result such as <0.05 undecided; use a"
                    " criterion NMT (not more than) instead.",
                )
            )
        if rounding.places(criterion.low) != rounding.places(criterion.high):
            warnings.append(
                Refusal(
                    "decimals",
                    "The limits %(low)s and %(high)s have different decimals; a result"
                    " is rounded to those of each limit.",
                    low=criterion.low,
                    high=criterion.high,
                )
            )
    return tuple(warnings)


def _warned_of_rounding(criterion: Criterion) -> Refusal:
    """Return that "less than" is asked of the rounded value (USP 7.20): 6.6 is not."""
    [bound] = bounds_of(criterion)
    step = Decimal((0, (4,), -(bound.places + 1)))
    near = bound.number - step if bound.is_upper else bound.number + step
    return Refusal(
        "strict",
        "A result is rounded before it is compared: %(near)s becomes %(limit)s, which"
        " is not %(words)s, so it fails. If it should pass, give the limit more"
        " decimals, or use NMT or NLT.",
        near=f"{near:f}",
        limit=bound.text,
        words=bound.words,
    )


def _check_scale(criterion: Criterion, vocabulary: Sequence[str]) -> None:
    """Refuse a limit that is no grade, or results that have no place on its scale."""
    limit = scales.grade(criterion.high, field="high")
    if limit.kind is not Kind.NUMBER:
        raise NotACriterion(
            "grade-sign",
            "A limit on a scale is a grade without a sign; type one such as BY6.",
            field="high",
        )
    same = [scales.grade(word, field="test") for word in vocabulary]
    if any(one.is_of_clarity is not limit.is_of_clarity for one in same):
        raise NotACriterion(
            "grade-scale",
            "%(limit)s is on another scale than the results of the test, such as"
            " %(word)s; correct the limit.",
            field="high",
            limit=criterion.high,
            word=vocabulary[0],
        )


def _check_alerts(criterion: Criterion) -> tuple[Refusal, ...]:
    warnings: list[Refusal] = []
    given = [field for field in ALERTS if getattr(criterion, field)]
    numbers = {field: limit(criterion, field) for field in given}
    for field, number in numbers.items():
        text = getattr(criterion, field)
        low = limit(criterion, "low") if criterion.low else number
        high = limit(criterion, "high") if criterion.high else number
        if not low <= number <= high:
            raise NotACriterion(
                "alert-outside",
                "The alert limit %(text)s is not inside the limits; move it inside.",
                field=field,
                text=text,
            )
        if text in (criterion.low, criterion.high):
            warnings.append(
                Refusal(
                    "alert-is-limit",
                    "The alert limit %(text)s equals the limit, so it never alerts.",
                    text=text,
                )
            )
    if len(numbers) == 2 and numbers["alert_low"] > numbers["alert_high"]:
        raise NotACriterion(
            "order",
            "The lower alert limit %(low)s is above the upper one, %(high)s; exchange"
            " them.",
            field="alert_low",
            low=criterion.alert_low,
            high=criterion.alert_high,
        )
    return tuple(warnings)
