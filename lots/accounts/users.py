"""User accounts: added, changed, deactivated and reactivated by administrators."""

import re

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError

from lots.accounts import people, permissions, titles
from lots.evidence import audit, chained_names, text_checks
from lots.models import AuditEntry, Installation, Role, User
from lots.rules.people import employee_number as checked_number
from lots.rules.people import name_read, number_read
from lots.rules.refusal import Refusal, Refusals
from lots.rules.step_table import STEPS
from lots.rules.unknown import UNKNOWN, if_known

TABLE = chained_names.table(User)
_USERNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,58}[A-Za-z0-9])?", re.ASCII)


def add_account(
    *,
    by,
    at,
    username,
    printed_name,
    title,
    employee_number,
    roles,
    password,
    reason,
):
    """Add a person with a one-time password; before signing, its owner changes it and
    QA confirms who that is.

    `reason` is what the identity was checked against (21 CFR 11.100(b)). A name that
    reads like another's counts as the same person's until somebody tells them apart.
    """
    with audit.act(by=by, at=at, action="add_account", reason=reason) as act:
        permissions.check(act, STEPS["administer"], subject="accounts")
        with if_known:
            if not reason.strip():
                raise Refusal(
                    "reason",
                    "Write what you checked the identity against, such as a passport or"
                    " the contract of employment: it stays in the record.",
                    field="reason",
                )
        return _add(
            act,
            people.locked(act),
            _person(
                at=at,
                username=username,
                printed_name=printed_name,
                title=title,
                employee_number=employee_number,
                roles=roles,
                password=password,
                must_change_password=True,
                awaits_confirmation=True,
            ),
        )


def start_site(*, at, username, printed_name, title, employee_number, password):
    """Make this empty database a real site with its first administrator.

    Refuses a database that holds anything: training and real never mix.
    """
    with audit.act(by=None, at=at, action="start_site") as act:
        _begin(act, is_training=False)
        return _add(
            act,
            {},
            _person(
                at=at,
                username=username,
                printed_name=printed_name,
                title=title,
                employee_number=employee_number,
                roles=[Role.ADMINISTRATOR],
                password=password,
                must_change_password=False,
                awaits_confirmation=False,
            ),
        )


def _begin(act, *, is_training):
    """Mark an empty database for ever; refuse one that holds anything."""
    if Installation.objects.exists() or User.objects.exists():
        raise Refusal(
            "not-empty",
            "This database is already in use; start a site on an empty database.",
        )
    act.create(Installation(pk=1, is_training=is_training, started_at=act.at))


def start_training(*, at, members, password):
    """Make this empty database a training site for ever, with these people.

    `members` gives (username, printed name, title, employee number, roles) of each;
    all share the printed password. Returns them by username. Somebody confirms who
    they are, but for the administrators. Refuses a database in use.
    """
    with audit.act(by=None, at=at, action="start_training") as act:
        _begin(act, is_training=True)
        among: dict[int, User] = {}
        for username, printed_name, title, employee_number, roles in members:
            person = _person(
                at=at,
                username=username,
                printed_name=printed_name,
                title=title,
                employee_number=employee_number,
                roles=roles,
                password=password,
                must_change_password=False,
                awaits_confirmation=Role.ADMINISTRATOR not in roles,
            )
            among[_add(act, among, person).pk] = person
        return {person.username: person for person in among.values()}


def _add(act, among, person):
    """Store a new account beside those that are there; return it."""
    with if_known:
        people.one_active(person, among)
    with if_known:
        _signs_alone(person, among)
    act.create(person)
    people.count_as_one(
        act, person, {**among, person.pk: person}, "printed_name", "employee_number"
    )
    return person


def set_roles(*, person, by, at, roles, reason):
    """Give another person exactly these roles from now on."""
    with audit.act(by=by, at=at, action="set_roles", reason=reason) as act:
        permissions.check(act, STEPS["administer"], subject="accounts")
        text_checks.reason_given(reason)
        person = act.lock(person)
        _ask(people.without_number(person))
        roles = _roles(roles)
        if Role.ADMINISTRATOR not in roles:
            _ask(to_deactivate(person))
        _ask(to_set_roles(person, by=act.by))
        return act.change(person, roles=roles)


def change_account(*, person, by, at, printed_name, title, reason):
    """Change the printed name and title; signatures already given keep theirs.

    A new name that reads like another's counts as the same person's, and the account
    still counts as whoever its earlier names read like.
    """
    with audit.act(by=by, at=at, action="change_account", reason=reason) as act:
        permissions.check(act, STEPS["administer"], subject="accounts")
        text_checks.reason_given(reason)
        among = people.locked(act)
        person = among[person.pk]
        with if_known:
            _ask(titles.against_account(title))
        before = person.printed_name, person.title
        person.printed_name, person.title = printed_name, title
        with if_known:
            _signs_alone(person, among)
        person.printed_name, person.title = before
        act.change(person, printed_name=printed_name, title=title)
        if name_read(before[0]) != name_read(printed_name):
            people.count_as_one(act, person, among, "printed_name")
        return person


def change_employee_number(*, person, by, at, employee_number, reason):
    """Enter or correct the employee number of an account.

    The account still counts as whoever had its earlier number until they are told
    apart.
    """
    action = "change_employee_number"
    with audit.act(by=by, at=at, action=action, reason=reason) as act:
        permissions.check(act, STEPS["administer"], subject="accounts")
        text_checks.reason_given(reason)
        number = checked_number(employee_number)
        among = people.locked(act)
        person = among[person.pk]
        before, person.employee_key = person.employee_key, number_read(number)
        if person.is_active:
            people.one_active(person, among)
        person.employee_key = before
        act.change(person, employee_number=number, employee_key=number_read(number))
        people.count_as_one(act, person, among, "employee_number")
        return person


def set_password(*, person, by, at, password, reason):
    """Set a one-time password: its owner chooses another, and QA confirms who that is.

    The administrator knows it, so it cannot make a signature (21 CFR 11.300(a)), and
    may choose the other one too.
    """
    with audit.act(by=by, at=at, action="set_password", reason=reason) as act:
        permissions.check(act, STEPS["administer"], subject="accounts")
        text_checks.reason_given(reason)
        person = act.lock(person)
        _good(password, person)
        return act.change(
            person,
            password=make_password(password),
            must_change_password=True,
            awaits_confirmation=True,
        )


def change_own_password(*, by, at, current, new):
    """Change the own password.

    After one that somebody else set, QA confirms who changed it before it can sign.
    """
    with audit.act(by=by, at=at, action="change_own_password") as act:
        person = act.lock(act.by)
        with if_known:
            if not check_password(current, person.password):
                raise Refusal(
                    "current",
                    "The current password is wrong; type it again.",
                    field="current",
                )
        with if_known:
            if check_password(new, person.password):
                raise Refusal(
                    "same",
                    "The new password is the current one; choose another.",
                    field="new",
                )
        with if_known:
            _good(new, person, field="new")
        return act.change(
            person, password=make_password(new), must_change_password=False
        )


def tell_passwords(*, at):
    """Record the checksum of each password that the trail does not have; return whose.

    Of accounts from a version that recorded none, so that a hash changed behind the
    program's back is found from now on. An account that is not as its last entry says
    is left as it is: verification names it.
    """
    entries = AuditEntry.objects.filter(table=TABLE).exclude(row="")
    told = dict(entries.order_by("sequence").values_list("record", "row"))
    untold = [
        person
        for person in User.objects.order_by("pk")
        if told.get(str(person.pk)) == _digest_without_password(person)
    ]
    if untold:
        with audit.act(by=None, at=at, action="tell_passwords") as act:
            for person in untold:
                act.tell(person, "password")
    return untold


def _digest_without_password(person):
    row = {**audit.row(person), "password": None}
    return audit.told_digest(TABLE, row)


def deactivate(*, person, by, at, reason):
    """End a person's account; what the person did and signed stays."""
    with audit.act(by=by, at=at, action="deactivate", reason=reason) as act:
        permissions.check(act, STEPS["administer"], subject="accounts")
        text_checks.reason_given(reason)
        person = act.lock(person)
        _ask(to_deactivate(person))
        return act.change(person, is_active=False)


def reactivate(*, person, by, at, password, reason):
    """Let a person back in, with a one-time password."""
    with audit.act(by=by, at=at, action="reactivate", reason=reason) as act:
        permissions.check(act, STEPS["administer"], subject="accounts")
        text_checks.reason_given(reason)
        among = people.locked(act)
        person = among[person.pk]
        _ask(people.without_number(person))
        people.one_active(person, among)
        _good(password, person)
        return act.change(
            person,
            is_active=True,
            password=make_password(password),
            must_change_password=True,
            awaits_confirmation=True,
        )


def _person(
    *,
    at,
    username,
    printed_name,
    title,
    employee_number,
    roles,
    password,
    must_change_password,
    awaits_confirmation,
):
    with if_known:
        if not _USERNAME.fullmatch(username):
            raise Refusal(
                "username",
                "A username has at most 60 letters, digits and . _ @ - and begins and"
                " ends with a letter or digit.",
                field="username",
            )
    with if_known:
        _ask(titles.against_account(title))
    # For ever: a deactivated person's name is not given to another (11.100(a)).
    with if_known:
        text_checks.once(
            User.objects.filter(username_key=username.casefold()),
            sentence="This username is or was somebody's already and is never used"
            " again; choose another.",
            field="username",
        )
    username_key = employee_key = UNKNOWN
    with if_known:
        username_key = username.casefold()
    with if_known:
        employee_key = number_read(checked_number(employee_number))
    with if_known:
        roles = _roles(roles)
    person = User(
        username=username,
        username_key=username_key,
        printed_name=printed_name,
        title=title,
        employee_number=employee_number,
        employee_key=employee_key,
        roles=roles,
        must_change_password=must_change_password,
        awaits_confirmation=awaits_confirmation,
        created_at=at,
    )
    person.password = UNKNOWN
    with if_known:
        _good(password, person)
        person.password = make_password(password)
    return person


def _signs_alone(person, among):
    """Refuse what another person's account signs as.

    A signature that could be two people's is nobody's, also of one who has left
    (21 CFR 11.50 and 11.100(a)). Another account of the same person may sign so.
    """
    for other in among.values():
        if other.pk == person.pk or (
            person.employee_key and other.employee_key == person.employee_key
        ):
            continue
        if people.signs_like(person, other):
            raise Refusal(
                "signs-alike",
                "%(username)s already signs as %(name)s, %(title)s; add something that"
                " distinguishes the two in print, such as a middle name or the site.",
                field="printed_name",
                name=person.printed_name,
                title=person.title,
                username=other.username,
            )


def _roles(roles):
    roles = sorted({str(Role.of(role)) for role in roles})
    if not roles:
        raise Refusal("no-role", "Choose at least one role.", field="roles")
    if Role.ADMINISTRATOR in roles and len(roles) > 1:
        raise Refusal(
            "administrator-alone",
            "An administrator cannot have another role; give the other roles to"
            " another account.",
            field="roles",
        )
    return roles


def _good(password, person, *, field="password"):
    try:
        password_validation.validate_password(password, person)
    except ValidationError as refused:
        wrong = [
            Refusal("weak", sentence, field=field) for sentence in refused.messages
        ]
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong) from None


def to_deactivate(person):
    """Return why this account cannot be ended, None if it can."""
    if not person.is_a(Role.ADMINISTRATOR):
        return None
    # In Python, because JSON containment is not the same on both databases.
    others = User.objects.filter(is_active=True).exclude(pk=person.pk)
    if any(other.is_a(Role.ADMINISTRATOR) for other in others):
        return None
    return Refusal(
        "last-administrator",
        "You are the only administrator; make another person an administrator first.",
    )


def to_set_roles(person, *, by):
    """Return why this person's roles are not changed by that one, None if they are."""
    if person.pk not in by.accounts:
        return None
    return Refusal(
        "own-roles",
        "You cannot change the roles of your own account, or of one that counts as"
        " yours; ask another administrator.",
    )


def _ask(closed):
    if closed is not None:
        raise closed
